import { lowerBound } from './lower-bound.ts';
import type { PageRange } from './range.ts';

/** How often a page is written: see `classify`. */
export const WRITE_CLASSES = ['every', 'most', 'periodic', 'rare', 'once'] as const;
export type WriteClass = (typeof WRITE_CLASSES)[number];

export const MIN_COUNTED_INTERVALS = 8;
export const MAX_COUNTED_INTERVALS = 4096;

type Runs = readonly (readonly [start: number, end: number])[];

/** How often one page was written in the last intervals. */
export interface PageCount {
  readonly page: number;
  /** Intervals in which it was written. */
  readonly count: number;
  readonly class: WriteClass;
  /** Of class `periodic`: intervals from one write to the next, on average, rounded; else null. */
  readonly period: number | null;
}

/** In how many of the last intervals each page was written, and how regularly. */
export class WriteCounts {
  /** The largest number of intervals that is looked back. */
  readonly max: number;
  /** Runs of pages written in each interval, oldest first. */
  private readonly intervals: Runs[] = [];

  /** @param max from MIN_COUNTED_INTERVALS to MAX_COUNTED_INTERVALS */
  constructor(max: number) {
    this.max = max;
  }

  /** Intervals that are counted: `max`, or fewer at the beginning. */
  get length(): number {
    return this.intervals.length;
  }

  /** Adds an interval in which the pages of `runs` were written (ascending, without overlap); the oldest one is forgotten. */
  add(runs: Runs): void {
    this.intervals.push(runs);
    if (this.intervals.length > this.max) this.intervals.shift();
  }

  /** The pages of `range` that were written in the intervals, ascending. */
  pages(range: PageRange): PageCount[] {
    const times = new Map<number, number[]>();
    this.intervals.forEach((runs, time) => {
      const first = lowerBound(0, runs.length, (i) => runs[i][1] > range.start);
      for (let i = first; i < runs.length && runs[i][0] < range.end; i++) {
        const end = Math.min(runs[i][1], range.end);
        for (let page = Math.max(runs[i][0], range.start); page < end; page++) {
          const known = times.get(page);
          if (known) known.push(time);
          else times.set(page, [time]);
        }
      }
    });
    return [...times]
      .sort(([a], [b]) => a - b)
      .map(([page, written]) => ({ page, count: written.length, ...classify(written, this.length) }));
  }
}

/** Spread of the gaps of a periodic page, as a share of their mean: intervals do not begin when the program's work does. */
const MAX_SPREAD = 0.1;

/**
 * The class of a page that was written in the intervals `times` (ascending) of `length`:
 * - `every`: in each of them;
 * - `once`: in one;
 * - `periodic`: in three or more, never in two that touch, with gaps that differ by a tenth at most (by one interval where they are four or
 *   longer), from the beginning to the end;
 * - `most`: in half of them or more;
 * - `rare`: in fewer.
 */
export function classify(times: readonly number[], length: number): Pick<PageCount, 'class' | 'period'> {
  const count = times.length;
  if (count === length) return { class: 'every', period: null };
  if (count === 1) return { class: 'once', period: null };
  const period = periodOf(times, length);
  if (period !== null) return { class: 'periodic', period };
  return { class: count * 2 >= length ? 'most' : 'rare', period: null };
}

function periodOf(times: readonly number[], length: number): number | null {
  if (times.length < 3) return null;
  let [least, most] = [Infinity, 0];
  for (let i = 1; i < times.length; i++) {
    const gap = times[i] - times[i - 1];
    least = Math.min(least, gap);
    most = Math.max(most, gap);
  }
  const [first, last] = [times[0], times[times.length - 1]];
  const mean = (last - first) / (times.length - 1);
  const spread = Math.max(mean >= 4 ? 1 : 0, mean * MAX_SPREAD);
  const isRegular = least >= 2 && most - least <= spread;
  const isWhole = first <= mean + spread && length - 1 - last <= mean + spread;
  return isRegular && isWhole ? Math.round(mean) : null;
}

/** How many pages of each class, and of which periods. */
export interface ClassCounts {
  readonly pages: Readonly<Record<WriteClass, number>>;
  /** Pages by period, the most frequent first. */
  readonly periods: readonly (readonly [period: number, pages: number])[];
}

export function countClasses(counted: readonly PageCount[]): ClassCounts {
  const pages = { every: 0, most: 0, periodic: 0, rare: 0, once: 0 };
  const periods = new Map<number, number>();
  for (const page of counted) {
    pages[page.class]++;
    if (page.period !== null) periods.set(page.period, (periods.get(page.period) ?? 0) + 1);
  }
  return { pages, periods: [...periods].sort((a, b) => b[1] - a[1] || a[0] - b[0]) };
}
