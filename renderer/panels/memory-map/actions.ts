import type { Action } from '../../actions/action.ts';
import { jumpStore } from './jump-store.ts';

export const memoryMapActions: readonly Action[] = [
  {
    id: 'map.jump',
    title: 'Go to an address or a mapping',
    group: 'Map',
    keys: ['Ctrl+g'],
    words: 'jump find name offset',
    run: ({ model }) => {
      model.view.setState({ middle: 'map' });
      jumpStore.setState({ open: true });
    },
  },
  {
    id: 'map.hilbert',
    title: 'Show one mapping along a Hilbert curve',
    group: 'Map',
    keys: ['h'],
    words: 'layout bands square',
    checked: ({ model }) => model.view.getState().layout === 'hilbert',
    run: ({ model }) =>
      model.view.setState(({ layout }) => ({
        middle: 'map',
        layout: layout === 'hilbert' ? 'bands' : 'hilbert',
      })),
  },
];
