import type { CountedUnit } from '#shared/contract/write-counts.ts';
import type { FrameStamps } from '#shared/frame/stamps.ts';
import { stampOf } from '#shared/frame/stamps.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { ChunkedFrames } from '../recording/chunked-frames.ts';
import { decodeRecordedFrame, RecordedState } from '../recording/frame-codec.ts';
import { SessionCounts } from './session-counts.ts';
import { WriteCounts } from './write-counts.ts';

/** What was read last: later frames are added to it. */
interface Position {
  readonly unit: CountedUnit;
  readonly counts: SessionCounts;
  readonly state: RecordedState;
  /** The first frame that is counted, and the one after the last; numbers among all frames. */
  readonly first: number;
  next: number;
}

/** Counts how often pages were written up to a time, from kept frames: those that a session counts that samples them. */
export class CountsReader {
  private readonly store: ChunkedFrames;
  private readonly resets: () => readonly number[];
  private readonly lastWrites: (timeNs: number) => Promise<FrameStamps | null>;
  private position: Position | null = null;
  private reading: Promise<unknown> = Promise.resolve();

  /**
   * @param resets time of each "dump and reset", in nanoseconds, ascending: the first frame that is not before it is its own
   * @param lastWrites what was written before a time
   */
  constructor(
    store: ChunkedFrames,
    resets: () => readonly number[],
    lastWrites: (timeNs: number) => Promise<FrameStamps | null>,
  ) {
    this.store = store;
    this.resets = resets;
    this.lastWrites = lastWrites;
  }

  /** The counts as of the last frame at or before `timeNs`, of the last `max` intervals or more; valid until the next call. */
  at(timeNs: number, unit: CountedUnit, max: number): Promise<WriteCounts> {
    const read = this.reading.then(() => this.read(timeNs, unit, max));
    this.reading = read.catch(() => undefined);
    return read;
  }

  private async read(timeNs: number, unit: CountedUnit, max: number): Promise<WriteCounts> {
    const { index } = this.store;
    const at = index.at(timeNs);
    if (at < 0) return new WriteCounts();
    const last = index.dropped + at;
    const ends = this.phaseEnds();
    const first = Math.max(index.dropped, firstOf(unit, ends, last, max));
    const known = this.position;
    const isOfUse =
      known?.unit === unit && known.first <= first && known.next >= first && known.next <= last + 1;
    const position = isOfUse ? known : await this.begin(unit, first);
    // Where it fails, the next one starts again.
    this.position = null;
    await this.advance(position, last, new Set(ends));
    this.position = position;
    return position.counts.of(unit);
  }

  private async begin(unit: CountedUnit, first: number): Promise<Position> {
    const { index } = this.store;
    const counts = new SessionCounts();
    const before = first - index.dropped - 1;
    const stamps = before < 0 ? null : await this.lastWrites(index.times[before]);
    if (stamps !== null) counts.writtenBefore(tilesOf(stamps));
    return { unit, counts, state: new RecordedState(), first, next: -1 };
  }

  /** Adds the frames up to number `last`. */
  private async advance(position: Position, last: number, ends: ReadonlySet<number>): Promise<void> {
    const { store } = this;
    const { index } = store;
    const { counts, state, first } = position;
    // The one before the first is what the first builds on.
    const from = Math.max(index.dropped, position.next < 0 ? first - 1 : position.next);
    if (from > last) return;
    const until = index.chunkOf(last - index.dropped);
    for (let chunk = index.chunkOf(from - index.dropped); chunk <= until; chunk++) {
      const begin = index.dropped + index.firstOfChunk(chunk);
      if (begin === index.dropped + index.firstOfChunk(chunk + 1)) continue;
      const frames = await store.frames(chunk);
      const done = position.next - begin;
      for (let i = Math.max(0, done); i < frames.length && begin + i <= last; i++) {
        state.apply(decodeRecordedFrame(frames[i]));
        const number = begin + i;
        if (number < first - 1) continue;
        if (number === first - 1) counts.begin(state.mode);
        else counts.note(state.tiles, state.mode, ends.has(number));
        position.next = number + 1;
      }
    }
  }

  /** The numbers of the frames that a "dump and reset" ended with. */
  private phaseEnds(): number[] {
    const { index } = this.store;
    return this.resets()
      .filter((timeNs) => index.dropped === 0 || timeNs >= index.startNs)
      .map((timeNs) => index.dropped + index.at(timeNs - 1) + 1);
  }
}

/** The first frame to be read for `max` intervals that end with frame `last`. */
function firstOf(unit: CountedUnit, ends: readonly number[], last: number, max: number): number {
  const past = ends.filter((end) => end <= last);
  if (unit === 'sample') return Math.max(last - max + 1, (past.at(-1) ?? -1) + 1);
  return (past.at(-max - 1) ?? -1) + 1;
}

/** The pages of `stamps` in plane Written. */
function tilesOf(stamps: FrameStamps): TileSet {
  const tiles = new TileSet();
  stamps.indexes.forEach((tile, position) => {
    for (let page = 0; page < PAGES_PER_TILE; page++) {
      if (stampOf(stamps, position, page) === null) continue;
      const at = tile * PAGES_PER_TILE + page;
      tiles.setRun(Plane.Written, at, at + 1);
    }
  });
  return tiles;
}
