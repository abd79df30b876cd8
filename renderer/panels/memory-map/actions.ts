import type { Action } from '../../actions/action.ts';
import { jumpStore } from './jump-store.ts';

export const memoryMapActions: readonly Action[] = [
  {
    id: 'map.jump',
    title: 'Go to an address or a mapping',
    group: 'Map',
    keys: ['Ctrl+g'],
    words: 'jump find name offset',
    run: ({ inspector }) => {
      inspector.view.setState({ middle: 'map' });
      jumpStore.setState({ open: true });
    },
  },
  {
    id: 'map.hilbert',
    title: 'Show one mapping along a Hilbert curve',
    group: 'Map',
    keys: ['h'],
    words: 'layout bands square',
    checked: ({ inspector }) => inspector.view.getState().layout === 'hilbert',
    run: ({ inspector }) =>
      inspector.view.setState(({ layout }) => ({
        middle: 'map',
        layout: layout === 'hilbert' ? 'bands' : 'hilbert',
      })),
  },
];
