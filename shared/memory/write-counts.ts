/** How often a page is written: see `main/how-often/classify.ts`. */
export const WRITE_CLASSES = ['every', 'most', 'periodic', 'rare', 'once'] as const;
export type WriteClass = (typeof WRITE_CLASSES)[number];

export const MIN_COUNTED_INTERVALS = 8;
export const MAX_COUNTED_INTERVALS = 4096;

/** In how many of the last intervals a page was written, and how regularly. */
export interface WriteCount {
  /** Intervals in which it was written; at least one. */
  readonly count: number;
  readonly class: WriteClass;
  /** Class `periodic`: intervals from one write to the next, on average, rounded. Other classes: null. */
  readonly period: number | null;
}

/** The counts of one page. */
export interface PageCount extends WriteCount {
  readonly page: number;
}

/** How many pages of each class, and of which periods. */
export interface ClassCounts {
  readonly pages: Readonly<Record<WriteClass, number>>;
  /** Pages by period, the most frequent first. */
  readonly periods: readonly (readonly [period: number, pages: number])[];
}

/**
 * A count as one 32-bit number, so that the larger of two is of the page that is written more often: the count from bit 19 on,
 * the class in bits 16 to 18, the period below. 0: never written.
 */
const COUNT_SHIFT = 19;
const CLASS_SHIFT = 16;
const PERIOD_MASK = 0xffff;

/** Written, but in none of the counted intervals. */
export const WRITTEN_BEFORE = 1;

export function packCount({ count, class: name, period }: WriteCount): number {
  return ((count << COUNT_SHIFT) | (WRITE_CLASSES.indexOf(name) << CLASS_SHIFT) | (period ?? 0)) >>> 0;
}

/** The count alone; 0 for pages that were written before, or never. */
export const countOf = (packed: number): number => packed >>> COUNT_SHIFT;

/** Null if the page was not written in the counted intervals. */
export function unpackCount(packed: number): WriteCount | null {
  const count = countOf(packed);
  if (count === 0) return null;
  const period = packed & PERIOD_MASK;
  const name = WRITE_CLASSES[(packed >>> CLASS_SHIFT) & 7];
  return { count, class: name ?? 'rare', period: period === 0 ? null : period };
}

/** Sums pages by class and period. */
export class ClassCounter {
  private readonly pages = new Float64Array(WRITE_CLASSES.length);
  private readonly periods = new Map<number, number>();

  /** @param packed the count of each of `pages` pages; one that was not written counts for nothing */
  add(packed: number, pages: number): void {
    if (countOf(packed) === 0) return;
    const at = (packed >>> CLASS_SHIFT) & 7;
    this.pages[at] = (this.pages[at] ?? 0) + pages;
    const period = packed & PERIOD_MASK;
    if (period !== 0) this.periods.set(period, (this.periods.get(period) ?? 0) + pages);
  }

  sums(): ClassCounts {
    const pages = Object.fromEntries(WRITE_CLASSES.map((name, i) => [name, this.pages[i] ?? 0]));
    return {
      pages: pages as Record<WriteClass, number>,
      periods: [...this.periods].sort((a, b) => b[1] - a[1] || a[0] - b[0]),
    };
  }
}

export function countClasses(counted: Iterable<WriteCount>): ClassCounts {
  const counter = new ClassCounter();
  for (const count of counted) counter.add(packCount(count), 1);
  return counter.sums();
}
