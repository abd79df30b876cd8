import { renderMapPng, renderMapSvg } from '../../heatmap/export/render.ts';
import type { MapStill } from '../../heatmap/export/map-still.ts';
import { exportFile } from '../../export/export-file.ts';
import { mapStill } from '../../model/map-input.ts';
import { type Action, type ActionContext, always } from '../../actions/action.ts';

const isOpen = ({ model }: ActionContext): boolean => model.lessons.store.getState().open !== null;

/** The map with the lesson's step as its heading, for slides. */
function still({ model, map }: ActionContext): MapStill {
  const { open, page } = model.lessons.store.getState();
  const step = open?.view.steps[page - 1];
  const title = open ? `${open.view.title}${step ? `, step ${page}` : ''}` : '';
  return { ...mapStill(model, map), title, detail: step?.call ?? '' };
}

const stepName = ({ model }: ActionContext): string => `lesson step ${model.lessons.store.getState().page}`;

/** The open lesson: going through it, presenting it, its pictures for slides. */
export const lessonActions: readonly Action[] = [
  {
    id: 'lesson.open',
    title: 'Open a lesson or scenario …',
    group: 'Source',
    words: 'teach file json trace exercise',
    available: always,
    run: ({ model }) =>
      void model.lessons.attempt(async () => {
        const path = (await window.shell?.selectLesson()) ?? null;
        if (path !== null) await model.lessons.open({ kind: 'file', path }, null);
      }),
  },
  {
    id: 'lesson.forward',
    title: 'Lesson: run the step, or go to the next one',
    group: 'Source',
    keys: ['Ctrl+ArrowRight'],
    available: isOpen,
    run: ({ model }) => void model.lessons.attempt(() => model.lessons.forward()),
  },
  {
    id: 'lesson.back',
    title: 'Lesson: go back',
    group: 'Source',
    keys: ['Ctrl+ArrowLeft'],
    available: isOpen,
    run: ({ model }) => void model.lessons.attempt(() => model.lessons.back()),
  },
  {
    id: 'lesson.present',
    title: 'Lesson: presentation with large type',
    group: 'View',
    words: 'teach project beamer clicker',
    keys: ['F11'],
    available: isOpen,
    checked: ({ model }) => model.lessons.store.getState().presenting,
    run: ({ model }) => model.lessons.present(!model.lessons.store.getState().presenting),
  },
  {
    id: 'lesson.another',
    title: 'Lesson: another exercise like this one',
    group: 'Source',
    words: 'seed generate numbers',
    available: (context) =>
      isOpen(context) && context.model.lessons.store.getState().open?.view.varies === true,
    run: ({ model }) => void model.lessons.attempt(() => model.lessons.another()),
  },
  {
    id: 'lesson.png',
    title: 'Export the lesson’s step as a PNG picture',
    group: 'Export',
    words: 'slide image',
    available: isOpen,
    run: (context) =>
      void exportFile(context.model, 'png', stepName(context), () => renderMapPng(still(context))),
  },
  {
    id: 'lesson.svg',
    title: 'Export the lesson’s step as an SVG picture',
    group: 'Export',
    words: 'slide vector',
    available: isOpen,
    run: (context) =>
      void exportFile(context.model, 'svg', stepName(context), () => renderMapSvg(still(context))),
  },
];
