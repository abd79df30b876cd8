import { TIMELINE_KINDS } from '#shared/contract/recording.ts';
import type { TimelineRead } from '../../controllers/timeline.ts';

export const KINDS = TIMELINE_KINDS.length;

/** What the timeline draws: a value per bucket and kind, in pages. */
export interface Series {
  readonly start: number;
  readonly end: number;
  readonly buckets: number;
  /** Bucket b, kind k at b × KINDS + k: mean of its frames. */
  readonly mean: Float64Array;
  /** The largest frame of the bucket. */
  readonly peak: Float64Array;
  /** 0: nothing was sampled around there. */
  readonly known: Uint8Array;
  readonly frames: Uint32Array;
}

/** Buckets without a frame are bridged up to this multiple of the buckets between two frames. */
const BRIDGED = 3;

/**
 * A frame has what was written up to its time, so the buckets between two frames show the later one's values; if
 * frames are missing for longer than usual (sampling was paused), there is a gap.
 */
export function seriesOf({ start, end, buckets, reply }: TimelineRead): Series {
  const mean = new Float64Array(buckets * KINDS);
  const peak = new Float64Array(buckets);
  const known = new Uint8Array(buckets);
  const limit = BRIDGED * usualDistance(reply.frames);
  let next = -1;
  for (let b = buckets - 1; b >= 0; b--) {
    const frames = reply.frames[b] ?? 0;
    if (frames > 0) {
      for (let k = 0; k < KINDS; k++) mean[b * KINDS + k] = (reply.pages[b * KINDS + k] ?? 0) / frames;
      peak[b] = reply.max[b] ?? 0;
      next = b;
    } else if (next >= 0 && next - b <= limit) {
      mean.copyWithin(b * KINDS, next * KINDS, (next + 1) * KINDS);
      peak[b] = peak[next] ?? 0;
    } else {
      continue;
    }
    known[b] = 1;
  }
  return { start, end, buckets, mean, peak, known, frames: reply.frames };
}

/** Median of the distances between buckets with frames; 1 if there are none. */
function usualDistance(frames: Uint32Array): number {
  const distances: number[] = [];
  let last = -1;
  frames.forEach((count, b) => {
    if (count === 0) return;
    if (last >= 0) distances.push(b - last);
    last = b;
  });
  return distances.sort((a, b) => a - b)[distances.length >> 1] ?? 1;
}

/** The bucket that holds `time`; -1 outside. */
export function bucketAt({ start, end, buckets }: Series, time: number): number {
  const bucket = Math.floor(((time - start) / (end - start)) * buckets);
  return time === end ? buckets - 1 : bucket >= 0 && bucket < buckets ? bucket : -1;
}

/** Pages of all kinds. */
export function totalOf({ mean }: Series, bucket: number): number {
  let total = 0;
  for (let k = 0; k < KINDS; k++) total += mean[bucket * KINDS + k] ?? 0;
  return total;
}

/** The largest frames of the buckets that [start, end] touches and where something was sampled, in pages. */
export function peaksWithin(series: Series, start: number, end: number): Float64Array {
  const wide = (series.end - series.start) / series.buckets;
  const first = Math.max(0, Math.floor((start - series.start) / wide));
  const last = Math.min(series.buckets, Math.ceil((end - series.start) / wide));
  return series.peak.filter((_, b) => b >= first && b < last && series.known[b] === 1);
}

/** A first sample that holds everything must not flatten all others: from this many times the usual on it is cut. */
const TALL = 4;

/** Pages at the top of the scale: the largest of `peaks`, or what nearly all stay below if a few tower above. */
export function topOf(peaks: Float64Array): number {
  const sorted = peaks.slice().sort();
  const largest = sorted.at(-1) ?? 0;
  const usual = sorted[Math.floor(sorted.length * 0.95)] ?? 0;
  return Math.max(1, usual > 0 && largest > usual * TALL ? usual * 1.5 : largest);
}
