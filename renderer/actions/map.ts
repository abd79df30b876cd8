import { nextWritten } from '../heatmap/geometry/navigate.ts';
import { clearSelection, selectPage } from '../stores/selection-store.ts';
import type { Action, ActionContext, KeyHint } from './action.ts';

const PAN = 48;
const ZOOM = 1.25;

function goToWritten({ model, map }: ActionContext, direction: 1 | -1): void {
  const { selection, frames } = model;
  const page = nextWritten(frames, selection.getState().cursor ?? 0, direction);
  if (page === null) return;
  selectPage(selection, page);
  map.camera.reveal(page);
}

const pan = (id: string, title: string, key: string, dx: number, dy: number): Action => ({
  id: `map.pan-${id}`,
  title,
  group: 'Map',
  keys: [key],
  listed: false,
  run: ({ map }) => map.camera.panBy(dx * PAN, dy * PAN),
});

/** Looking at the address map, and going from page to page. */
export const mapActions: readonly Action[] = [
  {
    id: 'selection.next-written',
    title: 'Go to the next written page',
    group: 'Selection',
    keys: ['n'],
    run: (context) => goToWritten(context, 1),
  },
  {
    id: 'selection.previous-written',
    title: 'Go to the previous written page',
    group: 'Selection',
    keys: ['Shift+n'],
    run: (context) => goToWritten(context, -1),
  },
  {
    id: 'selection.clear',
    title: 'Clear the selection',
    group: 'Selection',
    keys: ['Escape'],
    run: ({ model }) => {
      clearSelection(model.selection);
      model.operations.show(null);
    },
  },
  {
    id: 'map.fit-selection',
    title: 'Fit the selection',
    group: 'Map',
    keys: ['f'],
    words: 'zoom frame',
    run: ({ model, map }) => {
      const { range, cursor } = model.selection.getState();
      const fitted = range ?? (cursor === null ? null : model.frames.vmaOf(cursor));
      if (fitted) map.camera.frameRange(fitted);
    },
  },
  {
    id: 'map.fit-all',
    title: 'Show everything',
    group: 'Map',
    keys: ['0'],
    words: 'zoom fit all whole',
    run: ({ map }) => map.camera.frameAll(),
  },
  {
    id: 'map.zoom-in',
    title: 'Zoom in',
    group: 'Map',
    keys: ['+', '='],
    run: ({ map }) => map.camera.zoomBy(ZOOM),
  },
  {
    id: 'map.zoom-out',
    title: 'Zoom out',
    group: 'Map',
    keys: ['-'],
    run: ({ map }) => map.camera.zoomBy(1 / ZOOM),
  },
  pan('up', 'Move up', 'w', 0, -1),
  pan('left', 'Move left', 'a', -1, 0),
  pan('down', 'Move down', 's', 0, 1),
  pan('right', 'Move right', 'd', 1, 0),
  {
    id: 'map.fold',
    title: 'Fold memory that was never touched',
    group: 'Map',
    words: 'gaps holes',
    checked: ({ model }) => model.view.getState().fold,
    run: ({ model }) => model.view.setState(({ fold }) => ({ fold: !fold })),
  },
];

/** Keys of the map itself, while it has the focus. */
export const mapKeyHints: readonly KeyHint[] = [
  { place: 'Address map', keys: ['ArrowLeft', 'ArrowRight'], title: 'Next / previous page' },
  { place: 'Address map', keys: ['ArrowUp', 'ArrowDown'], title: 'A row of 2 MiB up or down' },
  { place: 'Address map', keys: ['Shift+ArrowRight'], title: 'Extend the selection (any move)' },
  { place: 'Address map', keys: ['PageUp', 'PageDown'], title: 'A screen up or down' },
  { place: 'Address map', keys: ['Home', 'End'], title: 'First or last page of the mapping' },
  { place: 'Address map', keys: ['Enter'], title: 'Fit the selection, or the mapping' },
  { place: 'Address map', keys: ['Shift+Enter'], title: 'Select the mapping' },
];
