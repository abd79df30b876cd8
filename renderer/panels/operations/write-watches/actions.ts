import { type Action, isLive } from '../../../actions/action.ts';
import { currentRoom, openSide } from '../../../stores/panels.ts';
import type { AppModel } from '../../../model/app-model.ts';

function show({ view }: AppModel): void {
  view.setState({ operationsTab: 'write-watches', operationsOpen: true });
  openSide(view, currentRoom(), 'right', true);
}

export const writeWatchActions: readonly Action[] = [
  {
    id: 'watches.show',
    title: 'Show write watches',
    group: 'Operations',
    words: 'GetWriteWatch ResetWriteWatch Windows texture cache remembered set',
    run: ({ model }) => show(model),
  },
  {
    id: 'watches.watch-selection',
    title: 'Watch writes to the selection',
    group: 'Operations',
    words: 'GetWriteWatch MEM_WRITE_WATCH Windows',
    available: (context) => isLive(context) && context.model.selection.getState().range !== null,
    run: ({ model }) => {
      const { range } = model.selection.getState();
      show(model);
      if (range) void model.writeWatches.watch(range);
    },
  },
];
