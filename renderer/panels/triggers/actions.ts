import { type Action, isLive } from '../../actions/action.ts';

export const triggerActions: readonly Action[] = [
  {
    id: 'triggers.list',
    title: 'Triggers …',
    group: 'Recording',
    words: 'condition watchpoint mark snapshot pause save run command when written',
    available: isLive,
    run: ({ model }) => model.triggers.open(true),
  },
];
