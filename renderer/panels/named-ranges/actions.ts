import type { Action } from '../../actions/action.ts';
import { exportRanges } from './export-ranges.ts';

const hasAny: Action['available'] = ({ model }) => model.namedRanges.store.getState().all.length > 0;

export const namedRangeActions: readonly Action[] = [
  {
    id: 'ranges.name',
    title: 'Name this range …',
    group: 'Selection',
    words: 'label bookmark region annotate',
    available: ({ model }) => model.selection.getState().range !== null,
    run: ({ model }) => {
      const { range } = model.selection.getState();
      if (range !== null) model.namedRanges.open({ kind: 'name', range });
    },
  },
  {
    id: 'ranges.list',
    title: 'Show named ranges',
    group: 'Selection',
    words: 'list rename remove import',
    available: () => true,
    run: ({ model }) => model.namedRanges.open({ kind: 'list' }),
  },
  ...(['csv', 'json'] as const).map((kind): Action => ({
    id: `ranges.export-${kind}`,
    title: `Export named ranges as ${kind.toUpperCase()}`,
    group: 'Export',
    available: hasAny,
    run: ({ model }) => void exportRanges(model, kind),
  })),
];
