import { rangePages } from '#shared/memory/range.ts';
import { trackingOf, type Vma, vmaPermissions } from '#shared/memory/vma.ts';
import { kindWords, trackingWords } from '../../heatmap/description/describe.ts';
import type { VmaSums } from '../../data/vma-summary.ts';

export const COLUMN_IDS = [
  'start',
  'size',
  'name',
  'written',
  'rate',
  'perms',
  'resident',
  'swapped',
  'huge',
  'kind',
  'flags',
  'untracked',
] as const;
export type ColumnId = (typeof COLUMN_IDS)[number];

export interface Column {
  readonly id: ColumnId;
  readonly title: string;
  readonly numeric: boolean;
  /** What it tells, where the title is too short for it. */
  readonly hint?: string;
  /** By what rows are ordered. */
  key(sums: VmaSums, index: number): number | string;
}

const vmaKey =
  (key: (vma: Vma) => number | string) =>
  ({ vmas }: VmaSums, index: number): number | string => {
    const vma = vmas[index];
    return vma ? key(vma) : 0;
  };

export const COLUMNS: readonly Column[] = [
  { id: 'start', title: 'Start', numeric: false, key: vmaKey((vma) => vma.start) },
  { id: 'size', title: 'Size', numeric: true, key: vmaKey(rangePages) },
  { id: 'name', title: 'Name', numeric: false, key: vmaKey((vma) => vma.name) },
  { id: 'written', title: 'Written', numeric: true, key: ({ written }, i) => written[i] ?? 0 },
  {
    id: 'rate',
    title: 'Rate',
    hint: 'Memory written a second, counted by the engine in its samples of the last second: a page counts once a sample (interval), or once until it is cleared (hold)',
    numeric: true,
    key: ({ rate }, i) => rate[i] ?? 0,
  },
  { id: 'perms', title: 'Perms', numeric: false, key: vmaKey(vmaPermissions) },
  { id: 'resident', title: 'Resident', numeric: true, key: ({ present }, i) => present[i] ?? 0 },
  { id: 'swapped', title: 'Swapped', numeric: true, key: ({ swapped }, i) => swapped[i] ?? 0 },
  { id: 'huge', title: 'Huge', numeric: true, key: ({ huge }, i) => huge[i] ?? 0 },
  { id: 'kind', title: 'Kind', numeric: false, key: vmaKey((vma) => kindWords(vma.kind)) },
  { id: 'flags', title: 'VmFlags', numeric: false, key: vmaKey((vma) => vma.flags) },
  {
    id: 'untracked',
    title: 'Tracking',
    numeric: false,
    key: vmaKey(trackingWords),
  },
];

export interface Sort {
  readonly column: ColumnId;
  readonly descending: boolean;
}

/** Indexes of the VMAs whose name, kind, permissions or address contain `filter`, in the order of `sort`. */
export function arrange(sums: VmaSums, filter: string, sort: Sort): number[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const indexes: number[] = [];
  sums.vmas.forEach((vma, i) => {
    if (words.every((word) => haystack(vma).includes(word))) indexes.push(i);
  });
  const column = COLUMNS.find(({ id }) => id === sort.column);
  if (!column || (sort.column === 'start' && !sort.descending)) return indexes;
  const keys = new Map(indexes.map((i) => [i, column.key(sums, i)]));
  const sign = sort.descending ? -1 : 1;
  return indexes.sort((a, b) => {
    const [x, y] = [keys.get(a) ?? 0, keys.get(b) ?? 0];
    if (x === y) return a - b;
    return (x < y ? -1 : 1) * sign;
  });
}

function haystack(vma: Vma): string {
  const { tracking } = trackingOf(vma);
  return `${(vma.start * 4096).toString(16)} ${vmaPermissions(vma)} ${vma.name} ${kindWords(vma.kind)} ${tracking}`.toLowerCase();
}
