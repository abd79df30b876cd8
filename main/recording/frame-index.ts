import type { TimelineReply } from '#shared/contract/recording.ts';
import { ChunkRuns, CountColumn, type CountArray } from './index-columns.ts';
import { KINDS } from './kind-counts.ts';

/** Frames that an index may have: 58 hours at 20 a second, some 100 MiB. */
export const MAX_FRAMES = 2 ** 22;

/** Frames by columns. */
export interface FrameColumns {
  /** Nanoseconds, ascending. */
  readonly times: Float64Array;
  /** Pages of each kind, for each frame; null: all are 0. */
  readonly counts: readonly (CountArray | null)[];
  /** Runs of frames in one chunk: its number and the first frame, counted from the first of these. Both ascend. */
  readonly runs: { readonly chunks: Uint32Array; readonly firsts: Uint32Array };
}

/** What is known about every frame without reading it: when it was, how many pages of which kind, and which chunk has it. */
export class FrameIndex {
  /** Frames that were forgotten: frame i is number `dropped` + i of all. */
  dropped = 0;
  /** Nanoseconds, ascending; the first `frames` count. */
  times = new Float64Array(256);
  private length = 0;
  /** Pages by kind. */
  private readonly columns = Array.from({ length: KINDS }, () => new CountColumn());
  private readonly chunks = new ChunkRuns();

  get frames(): number {
    return this.length;
  }

  /** @param timeNs not before that of the last frame @param chunk number of the chunk (or the segment) that holds it */
  push(timeNs: number, counts: readonly number[], chunk: number): void {
    const at = this.length;
    this.reserve(1, at);
    this.times[at] = at > 0 ? Math.max(timeNs, this.times[at - 1]) : timeNs;
    this.chunks.add(at, chunk);
    for (let k = 0; k < KINDS; k++) this.columns[k].set(at, counts[k], this.times.length);
    this.length++;
  }

  /** Makes place for `frames` more and `spare` beyond, so that nothing is copied when they come. */
  reserve(frames: number, spare = 0): void {
    const size = this.length + frames;
    if (size <= this.times.length) return;
    const { times } = this;
    this.times = new Float64Array(size + spare);
    this.times.set(times);
  }

  /** Adds frames that come after those there are. */
  append({ times, counts, runs }: FrameColumns): void {
    const at = this.length;
    this.reserve(times.length);
    this.times.set(times, at);
    this.columns.forEach((column, kind) => column.append(at, counts[kind], times.length, this.times.length));
    runs.firsts.forEach((first, i) => this.chunks.add(at + first, runs.chunks[i]));
    this.length += times.length;
  }

  /** Forgets the first `count` frames. */
  drop(count: number): void {
    this.times.copyWithin(0, count, this.length);
    for (const column of this.columns) column.drop(count, this.length);
    this.length -= count;
    this.chunks.drop(count, this.length);
    this.dropped += count;
  }

  /** Forgets all but the first `frames`. */
  truncate(frames: number): void {
    this.length = Math.min(this.length, frames);
    this.chunks.truncate(this.length);
  }

  /** Pages by kind of a frame. */
  countsOf(frame: number): number[] {
    return this.columns.map((column) => column.get(frame));
  }

  /** Pages of one kind of frames `from` to `end`. */
  countsOfKind(kind: number, from: number, end: number): Uint32Array {
    const result = new Uint32Array(end - from);
    const { array } = this.columns[kind];
    if (array !== null && from < array.length) result.set(array.subarray(from, end));
    return result;
  }

  /** Number of the chunk (or the segment) that holds a frame. */
  chunkOf(frame: number): number {
    return this.chunks.of(frame);
  }

  /** The first frame of chunk `chunk` or of one after it; chunks ascend. */
  firstOfChunk(chunk: number): number {
    return this.chunks.firstFrame(chunk) ?? this.length;
  }

  get startNs(): number {
    return this.frames === 0 ? 0 : this.times[0];
  }

  get endNs(): number {
    return this.frames === 0 ? 0 : this.times[this.frames - 1];
  }

  /** The last frame at or before `timeNs`; -1 if there is none. */
  at(timeNs: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.times[middle] <= timeNs) low = middle + 1;
      else high = middle;
    }
    return low - 1;
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
    const { times } = this;
    const columns = this.columns.flatMap(({ array }, kind) => (array === null ? [] : [{ array, kind }]));
    for (let i = this.at(startNs - 1) + 1; i <= last; i++) {
      const bucket = Math.min(buckets - 1, Math.floor((times[i] - startNs) * scale));
      reply.frames[bucket]++;
      let total = 0;
      for (const { array, kind } of columns) {
        const pages = i < array.length ? array[i] : 0;
        reply.pages[bucket * KINDS + kind] += pages;
        total += pages;
      }
      if (total > reply.max[bucket]) reply.max[bucket] = total;
    }
    return reply;
  }
}
