import type { Comparison } from '#shared/contract/recording.ts';
import type { ComparedRun, ComparedTiles } from '../../data/compared-tiles.ts';

export type ComparedVma = Comparison['vmas'][number];

/** A line of the table: a VMA, a run of its pages, or that there are more runs than are listed. */
export type SetRow =
  | { readonly kind: 'vma'; readonly vma: ComparedVma; readonly isOpen: boolean }
  | { readonly kind: 'run'; readonly vma: ComparedVma; readonly run: ComparedRun }
  | { readonly kind: 'more'; readonly vma: ComparedVma };

export type SetSort = 'start' | 'onlyA' | 'onlyB' | 'both';

/** Runs listed of one VMA. */
export const RUNS_LISTED = 2000;

/** The lines, top to bottom. @param open starts of the VMAs whose runs are listed */
export function setRows(
  vmas: readonly ComparedVma[],
  tiles: ComparedTiles,
  open: ReadonlySet<number>,
  sort: SetSort,
): SetRow[] {
  const order = sort === 'start' ? vmas : [...vmas].sort((a, b) => b[sort] - a[sort] || a.start - b.start);
  return order.flatMap((vma): SetRow[] => {
    const isOpen = open.has(vma.start);
    const head: SetRow = { kind: 'vma', vma, isOpen };
    if (!isOpen) return [head];
    const runs = tiles.runs(vma, RUNS_LISTED + 1);
    const listed = runs.slice(0, RUNS_LISTED).map((run): SetRow => ({ kind: 'run', vma, run }));
    return [head, ...listed, ...(runs.length > RUNS_LISTED ? [{ kind: 'more', vma } as const] : [])];
  });
}
