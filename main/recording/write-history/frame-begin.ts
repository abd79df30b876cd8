import type { FrameIndex } from '../frame-index.ts';

/** Distances considered on each side of a frame. */
const NEIGHBOURS = 8;
/** A distance this many times the usual one is a gap: sampling was paused, or a part of the file is missing. */
const GAP = 4;
/** Shorter intervals, in nanoseconds, end with a sample that came late. */
const MIN_GAP_NS = 1e9;

/**
 * When the time that frame `frame` reports on began, in nanoseconds: at the frame before it; after a gap, as long before it
 * as frames usually are apart there.
 */
export function frameBegin({ times, frames }: FrameIndex, frame: number): number {
  const time = times[frame];
  const before = medianDistance(times, Math.max(0, frame - 1 - NEIGHBOURS), frame - 1);
  const after = medianDistance(times, frame, Math.min(frames - 1, frame + NEIGHBOURS));
  const usual = Math.max(before, after);
  if (frame === 0) return Math.max(0, time - usual);
  const distance = time - times[frame - 1];
  return usual > 0 && distance > Math.max(MIN_GAP_NS, GAP * usual) ? time - usual : time - distance;
}

/** Median of the distances between frames `from` … `to`; 0 if there are none. */
function medianDistance(times: Float64Array, from: number, to: number): number {
  const distances: number[] = [];
  for (let i = from; i < to; i++) distances.push(times[i + 1] - times[i]);
  return distances.sort((a, b) => a - b)[distances.length >> 1] ?? 0;
}
