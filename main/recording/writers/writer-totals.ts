import type { PageRange } from '#shared/memory/range.ts';
import {
  type CodePlace,
  MAX_WRITER_ROWS,
  type WriterRow,
  type WritersInterval,
  type WritersReply,
} from '#shared/contract/writers.ts';
import { countRuns, subtractRuns, uniteAll, uniteRuns } from '../write-history/run-sets.ts';
import { placeKey } from './interval-builder.ts';

interface Total {
  readonly tid: number;
  thread: string | null;
  readonly place: number;
  writes: number;
  lastNs: number;
  readonly runs: Float64Array[];
  readonly stacks: Map<string, { readonly frames: number[]; writes: number }>;
}

/** Adds up intervals, ascending by time: by thread and writing instruction. @param range null: all pages */
export function totalsOf(
  intervals: readonly WritersInterval[],
  range: PageRange | null,
  owners: boolean,
): WritersReply {
  const places: CodePlace[] = [];
  const indexes = new Map<string, number>();
  const totals = new Map<string, Total>();
  const index = (place: CodePlace): number => {
    const key = placeKey(place);
    const known = indexes.get(key);
    if (known !== undefined) return known;
    indexes.set(key, places.length);
    return places.push(place) - 1;
  };
  const counts = { writes: 0, omitted: 0, lost: 0, intervals: 0 };
  for (const interval of intervals) {
    counts.omitted += interval.omitted;
    counts.lost += interval.lost;
    const own = interval.places.map(index);
    const found = writerRuns(interval, range);
    if (found.size > 0) counts.intervals++;
    for (const [writer, runs] of found) {
      const { tid, thread, stack } = interval.writers[writer];
      const frames = stack.map((place) => own[place]);
      const key = `${tid} ${frames[0]}`;
      const total = totals.get(key) ?? newTotal(tid, frames[0]);
      totals.set(key, total);
      const set = Float64Array.from(runs);
      const writes = countRuns(set);
      total.thread = thread ?? total.thread;
      total.writes += writes;
      total.lastNs = interval.timeNs;
      total.runs.push(set);
      const stackKey = frames.join();
      const known = total.stacks.get(stackKey) ?? { frames, writes: 0 };
      known.writes += writes;
      total.stacks.set(stackKey, known);
      counts.writes += writes;
    }
  }
  const sorted = [...totals.values()].sort((a, b) => b.writes - a.writes).slice(0, MAX_WRITER_ROWS);
  return {
    ...counts,
    places,
    rows: sorted.map(rowOf),
    owners: owners ? lastOwners(intervals, range, sorted, indexes) : new Float64Array(),
  };
}

const newTotal = (tid: number, place: number): Total => ({
  ...{ tid, thread: null, place, writes: 0, lastNs: 0, runs: [], stacks: new Map() },
});

const rowOf = ({ tid, thread, place, writes, lastNs, runs, stacks }: Total): WriterRow => ({
  ...{ tid, thread, place, writes, lastNs },
  pages: countRuns(uniteAll(runs)),
  stacks: [...stacks.values()].sort((a, b) => b.writes - a.writes),
});

/** The runs [first, end) of each writer within `range`, by its index in the interval. */
function writerRuns({ runs }: WritersInterval, range: PageRange | null): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (let i = 0; i < runs.length; i += 3) {
    const start = Math.max(runs[i], range?.start ?? 0);
    const end = Math.min(runs[i] + runs[i + 1], range?.end ?? Infinity);
    if (start >= end) continue;
    const own = found.get(runs[i + 2]) ?? [];
    own.push(start, end);
    found.set(runs[i + 2], own);
  }
  return found;
}

/** Latest first: the first interval that has a page decides its writer. */
function lastOwners(
  intervals: readonly WritersInterval[],
  range: PageRange | null,
  rows: readonly Total[],
  indexes: ReadonlyMap<string, number>,
): Float64Array {
  const rowOfKey = new Map(rows.map(({ tid, place }, row) => [`${tid} ${place}`, row]));
  const owned: [start: number, pages: number, row: number][] = [];
  let covered: Float64Array = new Float64Array();
  for (const interval of intervals.toReversed()) {
    const sets: Float64Array[] = [];
    for (const [writer, runs] of writerRuns(interval, range)) {
      const { tid, stack } = interval.writers[writer];
      const row = rowOfKey.get(`${tid} ${indexes.get(placeKey(interval.places[stack[0]]))}`);
      const set = Float64Array.from(runs);
      sets.push(set);
      if (row === undefined) continue;
      const left = subtractRuns(set, covered);
      for (let i = 0; i < left.length; i += 2) owned.push([left[i], left[i + 1] - left[i], row]);
    }
    // The writers of one interval have different pages.
    covered = uniteRuns(covered, uniteAll(sets));
  }
  return Float64Array.from(owned.sort(([a], [b]) => a - b).flat());
}
