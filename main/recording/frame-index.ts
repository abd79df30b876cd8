import type { TimelineReply } from '#shared/contract/recording.ts';
import { KINDS } from './kind-counts.ts';

/** Frames that an index may have: 58 hours at 20 a second, 176 MiB. */
export const MOST_FRAMES = 2 ** 22;

/** What is known of every frame without reading it: when it was, how many pages of which kind, and where it stands. */
export class FrameIndex {
  frames = 0;
  /** Nanoseconds, ascending. */
  times = new Float64Array(256);
  /** KINDS counts a frame. */
  counts = new Uint32Array(256 * KINDS);
  /** Number of the chunk (or the segment) that holds it. */
  chunks = new Uint32Array(256);

  /** @param timeNs not before that of the last frame */
  push(timeNs: number, counts: readonly number[], chunk: number): void {
    const at = this.frames;
    if (at === this.times.length) this.resize(at * 2);
    this.times[at] = at > 0 ? Math.max(timeNs, this.times[at - 1]) : timeNs;
    this.chunks[at] = chunk;
    for (let k = 0; k < KINDS; k++) this.counts[at * KINDS + k] = counts[k];
    this.frames++;
  }

  /** Makes place for `frames` more, so that nothing is copied when they come. */
  reserve(frames: number): void {
    const size = this.frames + frames;
    if (size > this.times.length) this.resize(size);
  }

  /**
   * Adds `frames` that come after those there are: the bytes of their times, counts and chunks, as they are in memory (the
   * processors that this program runs on are little-endian). They count once `frames` is raised.
   */
  fill(frames: number, times: Uint8Array, counts: Uint8Array, chunks: Uint8Array): void {
    this.reserve(frames);
    const at = this.frames;
    new Uint8Array(this.times.buffer).set(times, at * 8);
    new Uint8Array(this.counts.buffer).set(counts, at * KINDS * 4);
    new Uint8Array(this.chunks.buffer).set(chunks, at * 4);
  }

  /** Forgets the first `count` frames. */
  drop(count: number): void {
    this.times.copyWithin(0, count, this.frames);
    this.chunks.copyWithin(0, count, this.frames);
    this.counts.copyWithin(0, count * KINDS, this.frames * KINDS);
    this.frames -= count;
  }

  /** Pages by kind of a frame. */
  countsOf(frame: number): number[] {
    return Array.from(this.counts.subarray(frame * KINDS, (frame + 1) * KINDS));
  }

  get startNs(): number {
    return this.frames === 0 ? 0 : this.times[0];
  }

  get endNs(): number {
    return this.frames === 0 ? 0 : this.times[this.frames - 1];
  }

  /** The last frame at or before `timeNs`; -1 where there is none. */
  at(timeNs: number): number {
    let low = 0;
    let high = this.frames;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.times[middle] <= timeNs) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The first frame of chunk `chunk` or of one after it; chunks ascend. */
  firstOfChunk(chunk: number): number {
    let low = 0;
    let high = this.frames;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.chunks[middle] < chunk) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Answers `timeline.read`. */
  timeline(startNs: number, endNs: number, buckets: number): TimelineReply {
    const reply = {
      available: { startNs: this.startNs, endNs: this.endNs },
      frames: new Uint32Array(buckets),
      pages: new Float64Array(buckets * KINDS),
      max: new Uint32Array(buckets),
    };
    const last = this.at(endNs);
    const scale = endNs > startNs ? buckets / (endNs - startNs) : 0;
    for (let i = this.at(startNs - 1) + 1; i <= last; i++) {
      const bucket = Math.min(buckets - 1, Math.floor((this.times[i] - startNs) * scale));
      reply.frames[bucket]++;
      let total = 0;
      for (let k = 0; k < KINDS; k++) {
        const pages = this.counts[i * KINDS + k];
        reply.pages[bucket * KINDS + k] += pages;
        total += pages;
      }
      if (total > reply.max[bucket]) reply.max[bucket] = total;
    }
    return reply;
  }

  private resize(size: number): void {
    const { times, counts, chunks } = this;
    this.times = new Float64Array(size);
    this.times.set(times);
    this.counts = new Uint32Array(size * KINDS);
    this.counts.set(counts);
    this.chunks = new Uint32Array(size);
    this.chunks.set(chunks);
  }
}
