import { type IntervalState, MAX_INTERVALS } from '#shared/contract/write-history.ts';
import { countByBucket, countRuns, NO_RUNS, uniteRuns } from './run-sets.ts';

/** Pages of an interval by address bucket; only buckets with pages. */
export interface Cells {
  readonly cells: Uint16Array;
  readonly counts: Uint32Array;
}

/** The known writes of an interval. */
export interface Interval {
  readonly startNs: number;
  readonly endNs: number;
  readonly frames: number;
  readonly state: IntervalState;
  /** Every page that was written in it. */
  readonly runs: Float64Array;
  /** How many they are; -1: not counted yet. */
  readonly pages: number;
  readonly cells?: Cells;
}

/** Number of the part of the time, and of the frames in it. */
interface Part {
  readonly key: number;
  readonly first: number;
  readonly last: number;
}

interface Kept {
  readonly first: number;
  readonly last: number;
  interval: Interval;
}

/** Bytes of runs that are kept; beyond them only the counts of the current buckets are. */
const MAX_BYTES = 16 * 2 ** 20;
/** Those that were read first go first: a view that follows the time has no use for them. */
const MAX_PARTS = 2 * MAX_INTERVALS;

/** Intervals that were read, of one length, by the number of their part of the time. */
export class IntervalCache {
  private buckets: Float64Array = NO_RUNS;
  private readonly parts = new Map<number, Kept>();
  private bytes = 0;
  private readonly halves: IntervalCache | null;

  /** @param halves those of half the length: two of them are one */
  constructor(halves: IntervalCache | null) {
    this.halves = halves;
  }

  /** Pages are counted by these buckets from now on. */
  use(buckets: Float64Array): void {
    if (buckets.length === this.buckets.length && buckets.every((page, i) => page === this.buckets[i]))
      return;
    this.buckets = buckets;
    for (const [key, kept] of this.parts) {
      const { interval } = kept;
      // Counted by other buckets, and no runs to count again.
      if (interval.pages > 0 && interval.runs.length === 0) this.parts.delete(key);
      else kept.interval = { ...interval, cells: cellsOf(interval.runs, buckets) };
    }
  }

  /** A part of the time if it is known with these frames. */
  find({ key, first, last }: Part): Interval | null {
    const kept = this.parts.get(key);
    if (kept?.first === first && kept.last === last) return kept.interval;
    return this.join({ key, first, last });
  }

  /** Counts what was read. */
  made(interval: Omit<Interval, 'pages' | 'cells'>): Interval {
    return { ...interval, pages: countRuns(interval.runs), cells: cellsOf(interval.runs, this.buckets) };
  }

  keep({ key, first, last }: Part, interval: Interval): void {
    for (const [oldest, { interval: old }] of this.parts) {
      if (this.parts.size < MAX_PARTS) break;
      this.parts.delete(oldest);
      this.bytes -= old.runs.byteLength;
    }
    const full = this.bytes + interval.runs.byteLength > MAX_BYTES;
    if (!full) this.bytes += interval.runs.byteLength;
    this.parts.set(key, { first, last, interval: full ? { ...interval, runs: NO_RUNS } : interval });
  }

  private join({ key, first, last }: Part): Interval | null {
    const [one, two] = [this.halves?.parts.get(key * 2), this.halves?.parts.get(key * 2 + 1)];
    const start = one ?? two;
    const end = two ?? one;
    if (start?.first !== first || end?.last !== last) return null;
    if (one && two && one.last + 1 !== two.first) return null;
    const parts = [one, two].filter((part) => part !== undefined).map(({ interval }) => interval);
    if (parts.some(({ pages, runs }) => pages > 0 && runs.length === 0)) return null;
    const interval = this.made({
      startNs: parts[0].startNs,
      endNs: parts[parts.length - 1].endNs,
      frames: last - first + 1,
      state: Math.max(...parts.map(({ state }) => state)) as IntervalState,
      runs: parts.length === 1 ? parts[0].runs : uniteRuns(parts[0].runs, parts[1].runs),
    });
    this.keep({ key, first, last }, interval);
    return interval;
  }
}

export function cellsOf(runs: Float64Array, buckets: Float64Array): Cells {
  const cells: number[] = [];
  const counts: number[] = [];
  countByBucket(runs, buckets, (bucket, pages) => {
    cells.push(bucket);
    counts.push(pages);
  });
  return { cells: Uint16Array.from(cells), counts: Uint32Array.from(counts) };
}
