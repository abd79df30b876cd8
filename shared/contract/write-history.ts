/**
 * What was written when and where, for a whole session or recording: `history.writes`. Times are nanoseconds as in
 * recording.ts; pages are page numbers.
 */
import { z } from 'zod';
import { timeNsSchema, timeRangeSchema } from './recording.ts';

export const MAX_INTERVALS = 2048;
export const MAX_ADDRESS_BUCKETS = 8192;

const u8 = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const u16 = z.custom<Uint16Array>((value) => value instanceof Uint16Array);
const u32 = z.custom<Uint32Array>((value) => value instanceof Uint32Array);
const f64 = z.custom<Float64Array>((value) => value instanceof Float64Array);

/** Pairs (first page, end), ascending and apart. */
function areBuckets(pairs: Float64Array): boolean {
  if (pairs.length % 2 !== 0 || pairs.length > 2 * MAX_ADDRESS_BUCKETS) return false;
  let last = 0;
  for (let i = 0; i < pairs.length; i += 2) {
    const start = pairs[i] ?? NaN;
    const end = pairs[i + 1] ?? NaN;
    if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= last && end > start))
      return false;
    last = end;
  }
  return true;
}

export const writeHistoryRequestSchema = z.object({
  /** Null: all that there is. */
  range: timeRangeSchema.nullable(),
  /** The time is divided into no more parts than this. */
  intervals: z.number().int().min(1).max(MAX_INTERVALS),
  /** Pages are counted by these address ranges: pairs (first page, end), ascending and apart. */
  buckets: f64.refine(areBuckets, 'its pairs do not ascend'),
});
export type WriteHistoryRequest = z.infer<typeof writeHistoryRequestSchema>;

/** State of an interval: it was read, it was not read yet, or its part of the file is damaged. */
export const IntervalState = { Read: 0, Unread: 1, Unreadable: 2 } as const;
export type IntervalState = (typeof IntervalState)[keyof typeof IntervalState];

/**
 * Intervals ascend and do not overlap: one for all frames that end in the same part of the time (of `stepNs`, counted from
 * 0). A frame reports on the time since the frame before it. Nothing was sampled in the times between intervals.
 */
export const writeHistoryReplySchema = z.object({
  /** The readable time: the whole recording or session. */
  available: z.object({ startNs: timeNsSchema, endNs: timeNsSchema }),
  stepNs: z.number().min(1),
  /** Interval i is the time after starts[i], up to ends[i] (nanoseconds). */
  starts: f64,
  ends: f64,
  /** Frames in each. */
  frames: u32,
  /** An IntervalState each. */
  states: u8,
  /** Different pages that the interval's frames reported as newly written, of all memory. */
  written: u32,
  /** Cells of interval i are offsets[i] … offsets[i + 1] - 1 of `cells` and `counts`. */
  offsets: u32,
  /** Number of the address bucket, ascending in an interval, and how many of its pages were written in it: 1 or more. */
  cells: u16,
  counts: u32,
  /** Intervals that are Unread follow when the same is asked again. */
  complete: z.boolean(),
});
export type WriteHistoryReply = z.infer<typeof writeHistoryReplySchema>;
