import type { WriteHistoryReply } from '#shared/contract/write-history.ts';
import { cellsOf, type Interval } from './interval-cache.ts';
import { countRuns } from './run-sets.ts';

interface Facts extends Pick<WriteHistoryReply, 'available' | 'stepNs' | 'complete'> {
  readonly buckets: Float64Array;
}

/** Puts intervals, ascending, into the columns of a reply. */
export function packReply(intervals: readonly Interval[], { buckets, ...facts }: Facts): WriteHistoryReply {
  const cells = intervals.map((interval) => interval.cells ?? cellsOf(interval.runs, buckets));
  const offsets = new Uint32Array(intervals.length + 1);
  cells.forEach(({ counts }, i) => {
    offsets[i + 1] = offsets[i] + counts.length;
  });
  const reply = {
    ...facts,
    starts: Float64Array.from(intervals, ({ startNs }) => startNs),
    ends: Float64Array.from(intervals, ({ endNs }) => endNs),
    frames: Uint32Array.from(intervals, ({ frames }) => frames),
    states: Uint8Array.from(intervals, ({ state }) => state),
    written: Uint32Array.from(intervals, ({ pages, runs }) => (pages < 0 ? countRuns(runs) : pages)),
    offsets,
    cells: new Uint16Array(offsets[intervals.length]),
    counts: new Uint32Array(offsets[intervals.length]),
  };
  cells.forEach((own, i) => {
    reply.cells.set(own.cells, offsets[i]);
    reply.counts.set(own.counts, offsets[i]);
  });
  return reply;
}
