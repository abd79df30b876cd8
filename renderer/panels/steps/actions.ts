import type { Action, ActionContext } from '../../actions/action.ts';
import type { StepsMove } from '#shared/contract/steps.ts';

const isStepped = ({ model }: ActionContext): boolean => model.steps.store.getState().state !== null;

const go = (id: string, title: string, key: string | null, move: StepsMove): Action => ({
  id: `steps.${id}`,
  title: `Steps: ${title}`,
  group: 'Program',
  words: 'step player sub-step lesson undo',
  ...(key !== null && { keys: [key] }),
  available: isStepped,
  run: ({ model }) => void model.steps.move(move),
});

/** To the next sub-step that changes what is selected, or to the previous one. */
const change = (id: string, title: string, key: string, back: boolean): Action => ({
  ...go(id, title, key, { to: 'forward' }),
  available: (context) => isStepped(context) && context.model.selection.getState().range !== null,
  run: ({ model }) => {
    const { range } = model.selection.getState();
    if (range === null) return;
    const pages = { start: range.start, pages: range.end - range.start };
    void model.steps.moveToChange(pages, back);
  },
});

const access = (write: boolean): Action => ({
  id: write ? 'steps.write' : 'steps.read',
  title: `Steps: ${write ? 'write' : 'read'} the page under the cursor`,
  group: 'Program',
  words: 'access fault step player',
  keys: [write ? 'i' : 'Shift+i'],
  available: (context) => isStepped(context) && context.model.selection.getState().cursor !== null,
  run: ({ model }) => {
    const { cursor } = model.selection.getState();
    if (cursor !== null) void model.steps.access(cursor, write);
  },
});

/** The step player; forward, back and play are those of the timeline. */
export const stepActions: readonly Action[] = [
  go('start', 'to the beginning', null, { to: 'start' }),
  go('end', 'to the end', null, { to: 'end' }),
  go('next-call', 'next system call', 'j', { to: 'next-call' }),
  go('previous-call', 'previous system call', 'k', { to: 'previous-call' }),
  change('change', 'next change of the selection', 'u', false),
  change('change-back', 'previous change of the selection', 'Shift+u', true),
  {
    id: 'steps.keep',
    title: 'Steps: keep the current step and compare',
    group: 'Program',
    words: 'two steps side by side difference',
    keys: ['v'],
    available: isStepped,
    run: ({ model }) => void model.stepComparison.keep(),
  },
  access(true),
  access(false),
];
