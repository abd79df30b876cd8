import { rangePages } from '#shared/memory/range.ts';
import { type Vma, vmaPermissions } from '#shared/memory/vma.ts';
import { kindText, trackingText } from '../../heatmap/description/describe.ts';
import { MIN_ADDRESS_DIGITS } from '../../ui/address-digits.ts';
import { COUNT_COLUMNS, type VmaColumn } from '../../stores/view-store.ts';
import { topWriter } from '../../data/page-writers.ts';
import type { VmaSums } from '../../data/vma-summary.ts';

export interface Column {
  readonly id: VmaColumn;
  readonly title: string;
  readonly numeric: boolean;
  /** Pixels; the name takes what is left. */
  readonly width: number;
  /** What it shows, if the title is too short for it. */
  readonly hint?: string;
  /** Value of one VMA by which rows are ordered. */
  key(sums: VmaSums, index: number): number | string;
}

/** Widths of an address: a short one, each more digit of it, a whole one. */
const SHORT_START = 74;
const DIGIT = 9;
const WHOLE_START = 118;
/** What the name keeps: other columns are left out before it gets less. */
const NAME_MIN = 84;
/** Beside whole addresses. */
const NAME_COMFORTABLE = 150;

const vmaKey =
  (key: (vma: Vma) => number | string) =>
  ({ vmas }: VmaSums, index: number): number | string => {
    const vma = vmas[index];
    return vma ? key(vma) : 0;
  };

const COUNT_HINTS: Readonly<Record<(typeof COUNT_COLUMNS)[number], string>> = {
  every: 'Memory written in each of the counted intervals',
  most: 'Memory written in half of the counted intervals or more',
  periodic: 'Memory written at equal distances, and the most frequent period in intervals',
  rare: 'Memory written in fewer than half of the counted intervals',
  once: 'Memory written in one of the counted intervals',
};

/** Mappings without a writer follow those with one. */
const NO_WRITER = '\uffff';

export const COLUMNS: readonly Column[] = [
  {
    id: 'start',
    title: 'Start',
    numeric: false,
    width: SHORT_START,
    key: vmaKey((vma) => vma.start),
  },
  { id: 'size', title: 'Size', numeric: true, width: 67, key: vmaKey(rangePages) },
  { id: 'name', title: 'Name', numeric: false, width: NAME_MIN, key: vmaKey((vma) => vma.name) },
  { id: 'written', title: 'Written', numeric: true, width: 68, key: ({ written }, i) => written[i] ?? 0 },
  {
    id: 'rate',
    title: 'Rate',
    hint: 'Memory written per second, counted by the engine in its samples of the last second: a page counts once per sample (interval), or once until it is cleared (hold)',
    numeric: true,
    width: 82,
    key: ({ rate }, i) => rate[i] ?? 0,
  },
  ...COUNT_COLUMNS.map((id): Column => ({
    id,
    title: `${id.charAt(0).toUpperCase()}${id.slice(1)}`,
    hint: COUNT_HINTS[id],
    numeric: true,
    width: id === 'periodic' ? 88 : 68,
    key: ({ classes }, i) => classes[i]?.pages[id] ?? 0,
  })),
  {
    id: 'writer',
    title: 'Top writer',
    hint: 'The function or thread that was the last writer of most watched pages whose writer is known, and its share of them',
    numeric: false,
    width: 156,
    key: ({ writers }, i) => topWriter(writers.slice(i, i + 1))?.name ?? NO_WRITER,
  },
  { id: 'perms', title: 'Perms', numeric: false, width: 52, key: vmaKey(vmaPermissions) },
  { id: 'resident', title: 'Resident', numeric: true, width: 72, key: ({ present }, i) => present[i] ?? 0 },
  { id: 'swapped', title: 'Swapped', numeric: true, width: 72, key: ({ swapped }, i) => swapped[i] ?? 0 },
  { id: 'huge', title: 'Huge', numeric: true, width: 64, key: ({ huge }, i) => huge[i] ?? 0 },
  { id: 'kind', title: 'Kind', numeric: false, width: 112, key: vmaKey((vma) => kindText(vma.kind)) },
  { id: 'flags', title: 'VmFlags', numeric: false, width: 140, key: vmaKey((vma) => vma.flags) },
  { id: 'untracked', title: 'Tracking', numeric: false, width: 140, key: vmaKey(trackingText) },
];

/** The most important first: if there is no room for all that are selected, the last of these go first. */
const BY_IMPORTANCE: readonly VmaColumn[] = [
  ...(['name', 'written', 'rate', 'start', 'size', 'resident', 'perms'] as const),
  'writer',
  ...COUNT_COLUMNS,
  ...(['swapped', 'huge', 'untracked', 'kind', 'flags'] as const),
];

export interface FittedColumns {
  readonly columns: readonly Column[];
  /** There is no room for whole addresses. */
  readonly shortAddresses: boolean;
  /** How many of the last digits of an address are shown: as many as the addresses of the table need to differ. */
  readonly addressDigits: number;
  /** For `grid-template-columns`. */
  readonly template: string;
}

/**
 * The selected columns that fit into `width` pixels beside the name, so that nothing has to be scrolled sideways.
 * @param addressDigits of a shortened address
 */
export function fitColumns(
  selected: readonly VmaColumn[],
  width: number,
  addressDigits = MIN_ADDRESS_DIGITS,
): FittedColumns {
  const shortStart = Math.min(WHOLE_START, SHORT_START + (addressDigits - MIN_ADDRESS_DIGITS) * DIGIT);
  const widthOf = (column: Column): number => (column.id === 'start' ? shortStart : column.width);
  const wanted = BY_IMPORTANCE.filter((id) => id === 'name' || selected.includes(id));
  const fitting = new Set<VmaColumn>();
  let used = 0;
  for (const id of wanted) {
    const column = COLUMNS.find((one) => one.id === id);
    used += column ? widthOf(column) : 0;
    if (used > width && id !== 'name') break;
    fitting.add(id);
  }
  const columns = COLUMNS.filter(({ id }) => fitting.has(id));
  const fixed = columns.reduce((sum, column) => sum + (column.id === 'name' ? 0 : widthOf(column)), 0);
  const shortAddresses =
    fixed + WHOLE_START - shortStart + NAME_COMFORTABLE > width && shortStart < WHOLE_START;
  const template = columns
    .map((column) => {
      if (column.id === 'name') return 'minmax(0, 1fr)';
      return `${column.id === 'start' && !shortAddresses ? WHOLE_START : widthOf(column)}px`;
    })
    .join(' ');
  return { columns, shortAddresses, addressDigits, template };
}
