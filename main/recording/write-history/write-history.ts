import { setImmediate } from 'node:timers/promises';
import {
  IntervalState,
  type WriteHistoryReply,
  type WriteHistoryRequest,
} from '#shared/contract/write-history.ts';
import type { ChunkedFrames } from '../chunked-frames.ts';
import type { ChunkWritesReader } from './chunk-writes.ts';
import { frameBegin } from './frame-begin.ts';
import { IntervalCache, type Interval } from './interval-cache.ts';
import { packReply } from './pack-reply.ts';
import { NO_RUNS, uniteAll } from './run-sets.ts';

/** What is known of a time whose frames are no longer kept. */
export interface AgedWrites {
  readonly startNs: number;
  readonly endNs: number;
  readonly frames: number;
  readonly runs: Float64Array;
}

/** Work on one request, in milliseconds; the interval that is begun is finished. */
const MAX_WORK_MS = 100;
/** After this time, in milliseconds, others have their turn. */
const MAX_TURN_MS = 5;
/** Lengths of intervals of which what was read is kept: several views ask at once. */
const MAX_CACHES = 3;
/** The shortest part of the time, in nanoseconds; all are this and a power of two. */
const MIN_STEP_NS = 1e6;

/** Frames number first … last of all end in the same part of the time; `key` is the number of that part. */
interface Group {
  readonly key: number;
  readonly first: number;
  readonly last: number;
  /** When the time that they report on began and ended. */
  readonly startNs: number;
  readonly endNs: number;
}

/**
 * What was written when and where, for the whole of a file or of a live session. Works concurrently with sampling in small pieces;
 * what was read is kept, so that a request that was not completed is by being made again.
 */
export class WriteHistory {
  private readonly store: ChunkedFrames;
  private readonly chunks: ChunkWritesReader;
  private readonly aged: () => readonly AgedWrites[];
  /** By length of the intervals in nanoseconds, the one used last at the end. */
  private readonly caches = new Map<number, IntervalCache>();
  private turn: Promise<unknown> = Promise.resolve();
  private turnBegan = 0;

  /** @param aged what is known of the time before the store's first frame, ascending */
  constructor(store: ChunkedFrames, chunks: ChunkWritesReader, aged: () => readonly AgedWrites[] = () => []) {
    this.store = store;
    this.chunks = chunks;
    this.aged = aged;
  }

  /** Answers `history.writes`; one request after the other. */
  read(request: WriteHistoryRequest): Promise<WriteHistoryReply> {
    const reply = this.turn.then(() => this.answer(request));
    this.turn = reply.catch(() => undefined);
    return reply;
  }

  private async answer({ range, intervals, buckets }: WriteHistoryRequest): Promise<WriteHistoryReply> {
    const { index } = this.store;
    const aged = this.aged();
    const available = {
      startNs: aged.at(0)?.startNs ?? (index.frames > 0 ? frameBegin(index, 0) : 0),
      endNs: Math.max(index.endNs, aged.at(-1)?.endNs ?? 0),
    };
    const { startNs, endNs } = range ?? available;
    const stepNs = stepFor(endNs - startNs, intervals);
    const cache = this.cacheOf(stepNs);
    cache.use(buckets);
    const found = agedIntervals(aged, startNs, endNs, stepNs);
    const deadline = performance.now() + MAX_WORK_MS;
    this.turnBegan = performance.now();
    let complete = true;
    for (const group of groupsOf(this.store, startNs, endNs, stepNs)) {
      const known = cache.find(group);
      const late = performance.now() > deadline;
      if (!known && late) complete = false;
      append(found, group.key, known ?? (late ? unread(group) : await this.readGroup(group, cache)));
    }
    return packReply([...found.values()], { available, stepNs, complete, buckets });
  }

  private async readGroup(group: Group, cache: IntervalCache): Promise<Interval> {
    const { index } = this.store;
    const sets: Float64Array[] = [];
    let state: IntervalState = IntervalState.Read;
    // Old frames of a live session can be forgotten meanwhile, which counts the others again.
    for (let next = group.first; next <= group.last;) {
      const frame = next - index.dropped;
      if (frame < 0) {
        state = IntervalState.Unreadable;
        next = index.dropped;
        continue;
      }
      const chunk = index.chunkOf(frame);
      const begin = index.firstOfChunk(chunk);
      const end = Math.min(group.last + 1 - index.dropped, index.firstOfChunk(chunk + 1));
      next = end + index.dropped;
      try {
        const { written } = await this.chunks.of(chunk);
        sets.push(uniteAll(written.slice(frame - begin, end - begin)));
      } catch {
        state = IntervalState.Unreadable;
      }
      await this.breathe();
    }
    const { startNs, endNs } = group;
    const frames = group.last - group.first + 1;
    const interval = cache.made({ startNs, endNs, frames, state, runs: uniteAll(sets) });
    // The last part of a live session gets more frames.
    if (group.last < index.dropped + index.frames - 1) cache.keep(group, interval);
    return interval;
  }

  private cacheOf(stepNs: number): IntervalCache {
    const { caches } = this;
    const cache = caches.get(stepNs) ?? new IntervalCache(caches.get(stepNs / 2) ?? null);
    caches.delete(stepNs);
    caches.set(stepNs, cache);
    for (const oldest of caches.keys()) {
      if (caches.size <= MAX_CACHES) break;
      caches.delete(oldest);
    }
    return cache;
  }

  /** Samples come first. */
  private async breathe(): Promise<void> {
    if (performance.now() - this.turnBegan < MAX_TURN_MS) return;
    await setImmediate();
    this.turnBegan = performance.now();
  }
}

function stepFor(lengthNs: number, intervals: number): number {
  let step = MIN_STEP_NS;
  while (step * intervals < lengthNs) step *= 2;
  return step;
}

function unread({ first, last, startNs, endNs }: Group): Interval {
  const frames = last - first + 1;
  return { startNs, endNs, frames, state: IntervalState.Unread, runs: NO_RUNS, pages: 0 };
}

/** Groups that end within the range, and the one after it, which may have begun within. */
function groupsOf({ index }: ChunkedFrames, startNs: number, endNs: number, stepNs: number): Group[] {
  const groups: Group[] = [];
  const from = Math.floor(startNs / stepNs) * stepNs;
  for (let first = index.at(from - 1) + 1; first < index.frames;) {
    const key = Math.floor(index.times[first] / stepNs);
    const last = index.at((key + 1) * stepNs - 1);
    const ends = index.times[last];
    groups.push({
      key,
      first: index.dropped + first,
      last: index.dropped + last,
      startNs: frameBegin(index, first),
      endNs: ends,
    });
    if (ends >= endNs) break;
    first = last + 1;
  }
  return groups;
}

/** By index of the interval. */
function agedIntervals(
  aged: readonly AgedWrites[],
  startNs: number,
  endNs: number,
  stepNs: number,
): Map<number, Interval> {
  const found = new Map<number, Interval>();
  for (const { runs, ...times } of aged) {
    if (times.endNs <= startNs || times.startNs >= endNs) continue;
    const key = Math.floor(times.endNs / stepNs);
    append(found, key, { ...times, runs, state: IntervalState.Read, pages: -1 });
  }
  return found;
}

/** Joins what ends in the same part of the time. */
function append(found: Map<number, Interval>, key: number, interval: Interval): void {
  const before = found.get(key);
  if (!before) {
    found.set(key, interval);
    return;
  }
  found.set(key, {
    startNs: before.startNs,
    endNs: interval.endNs,
    frames: before.frames + interval.frames,
    state: Math.max(before.state, interval.state) as IntervalState,
    runs: uniteAll([before.runs, interval.runs]),
    pages: -1,
  });
}
