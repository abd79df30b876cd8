import {
  MAX_PROCESS_EVENTS,
  MAX_OPERATIONS,
  type OperationRecord,
  type OperationsReply,
  type ProcessEvent,
  type TimelineReply,
  type TimeRange,
} from '#shared/contract/recording.ts';
import type { WriteRates } from '#shared/contract/write-rates.ts';
import type { CountedUnit } from '#shared/contract/write-counts.ts';
import type { WriteHistoryReply, WriteHistoryRequest } from '#shared/contract/write-history.ts';
import type { WritersInterval, WritersRead, WritersReply } from '#shared/contract/writers.ts';
import { keyTiles } from '#shared/frame/delta.ts';
import type { Frame } from '#shared/frame/frame.ts';
import type { FrameStamps } from '#shared/frame/stamps.ts';
import { TileWriter } from '#shared/frame/tile-writer.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { CountsReader } from '../../how-often/counts-reader.ts';
import type { WriteCounts } from '../../how-often/write-counts.ts';
import type { History, WrittenPages } from '../../recording/history.ts';
import {
  decodeRecordedFrame,
  FrameEncoder,
  RecordedState,
  type RecordedFrame,
} from '../../recording/frame-codec.ts';
import { FrameIndex } from '../../recording/frame-index.ts';
import { collectWritten, type ChunkedFrames } from '../../recording/chunked-frames.ts';
import { ratesAt } from '../../recording/rates-at.ts';
import { countByKind, KINDS } from '../../recording/kind-counts.ts';
import { operationsIn, resetTimes } from '../../recording/recorded-history.ts';
import { ChunkWritesReader, decodeChunk } from '../../recording/write-history/chunk-writes.ts';
import { frameBegin } from '../../recording/write-history/frame-begin.ts';
import { NO_RUNS, subtractRuns, uniteAll } from '../../recording/write-history/run-sets.ts';
import { lastWrites } from '../../recording/write-history/last-writes.ts';
import { WriteHistory } from '../../recording/write-history/write-history.ts';
import { WritersLog } from '../../recording/writers/writers-log.ts';
import { totalsOf } from '../../recording/writers/writer-totals.ts';
import { AgedHistory } from './aged-history.ts';

/** What is kept: that many bytes of encoded frames, and at most that many frames. */
const MAX_BYTES = 32 * 2 ** 20;
const MAX_FRAMES = 2 ** 15;
/** Frames between two key frames. */
const SEGMENT_FRAMES = 20;

interface Segment {
  readonly frames: Uint8Array[];
  readonly vmas: (readonly Vma[])[];
  bytes: number;
}

/** What is kept of a session, as a recording would have it. */
export interface KeptFrames {
  /** Each begins with a key frame; times in nanoseconds. */
  readonly segments: readonly {
    readonly frames: readonly Uint8Array[];
    readonly vmas: readonly (readonly Vma[])[];
    readonly times: readonly number[];
  }[];
  readonly operations: readonly OperationRecord[];
  readonly processEvents: readonly ProcessEvent[];
  readonly writers: readonly WritersInterval[];
}

/**
 * The last minutes of a live session, as a recording would have them, within a bound of memory; of what was before them
 * sums by time.
 */
export class LiveHistory implements History, ChunkedFrames {
  readonly index = new FrameIndex();
  private readonly encoder = new FrameEncoder();
  /** The first one has number `dropped`. */
  private readonly segments: Segment[] = [];
  private dropped = 0;
  private bytes = 0;
  private log: OperationRecord[] = [];
  private readonly happened: ProcessEvent[] = [];
  private readonly writersLog = new WritersLog();
  private readonly maxBytes: number;
  /** The time before the first frame that is kept. */
  private readonly aged = new AgedHistory();
  /** What counted as written when the frames before it ended. */
  private agedWritten: Float64Array = NO_RUNS;
  private readonly chunks = new ChunkWritesReader(this, () => this.agedWritten);
  private readonly writeHistory = new WriteHistory(this, this.chunks, () => this.aged.parts);

  private readonly countsReader = new CountsReader(
    this,
    () => resetTimes(this.log),
    (timeNs) => this.lastWrites(timeNs),
  );

  /** @param maxBytes encoded frames that are kept, in bytes */
  constructor(maxBytes = MAX_BYTES) {
    this.maxBytes = maxBytes;
  }

  /** The session's next frame. */
  push(frame: Frame): void {
    const open = this.segments.at(-1);
    const fresh = open === undefined || open.frames.length >= SEGMENT_FRAMES;
    const data = this.encoder.encode(frame, fresh);
    if (data === null) return;
    const segment = fresh ? { frames: [], vmas: [], bytes: 0 } : open;
    if (fresh) this.segments.push(segment);
    const { tiles, vmas } = this.encoder.state;
    segment.frames.push(data);
    segment.vmas.push(vmas);
    segment.bytes += data.length;
    this.bytes += data.length;
    const chunk = this.dropped + this.segments.length - 1;
    this.index.push(Math.round(frame.time * 1e6), countByKind(tiles, vmas), chunk);
    while (this.segments.length > 1 && (this.bytes > this.maxBytes || this.index.frames > MAX_FRAMES))
      this.forgetSegment();
  }

  /** What is kept now, in order; frames that come later are not in it. */
  kept(): KeptFrames {
    const { index, segments, log, happened, writersLog } = this;
    let frame = 0;
    return {
      segments: segments.map(({ frames, vmas }) => {
        const times = frames.map(() => index.times[frame++]);
        return { frames: [...frames], vmas: [...vmas], times };
      }),
      operations: [...log],
      processEvents: [...happened],
      writers: writersLog.within({ startNs: 0, endNs: Infinity }),
    };
  }

  operation(record: OperationRecord): void {
    this.log.push(record);
    if (this.log.length > 2 * MAX_OPERATIONS) this.log = this.log.slice(-MAX_OPERATIONS);
  }

  processEvent(event: ProcessEvent): void {
    this.happened.push(event);
    if (this.happened.length > MAX_PROCESS_EVENTS) this.happened.shift();
  }

  /** What a sample found. */
  foundWriters(interval: WritersInterval): void {
    this.writersLog.push(interval);
  }

  writers({ range, time, owners }: WritersRead): Promise<WritersReply> {
    return Promise.resolve(totalsOf(this.writersLog.within(time), range, owners));
  }

  timeline({ startNs, endNs }: TimeRange, buckets: number): TimelineReply {
    const reply = this.index.timeline(startNs, endNs, buckets);
    this.aged.addTo(reply, startNs, endNs);
    const first = this.aged.parts.at(0);
    if (first) reply.available.startNs = first.startNs;
    return reply;
  }

  writes(request: WriteHistoryRequest): Promise<WriteHistoryReply> {
    return this.writeHistory.read(request);
  }

  lastWrites(timeNs: number): Promise<FrameStamps | null> {
    return lastWrites(this, this.chunks, timeNs);
  }

  operations(range: TimeRange): OperationsReply {
    return operationsIn(this.log, range);
  }

  processEvents(): readonly ProcessEvent[] {
    return this.happened;
  }

  written(range: TimeRange): Promise<WrittenPages> {
    return collectWritten(this, range);
  }

  rates(timeNs: number): Promise<WriteRates | null> {
    return ratesAt(this, timeNs);
  }

  counts(timeNs: number, unit: CountedUnit, max: number): Promise<WriteCounts> {
    return this.countsReader.at(timeNs, unit, max);
  }

  frames(chunk: number): Promise<readonly Uint8Array[]> {
    return Promise.resolve(this.segments[chunk - this.dropped]?.frames ?? []);
  }

  vmas(frame: number): Promise<readonly Vma[]> {
    const chunk = this.index.chunkOf(frame);
    const segment = this.segments[chunk - this.dropped];
    return Promise.resolve(segment?.vmas[frame - this.index.firstOfChunk(chunk)] ?? []);
  }

  /** The oldest frames go; what they wrote stays. */
  private forgetSegment(): void {
    const gone = this.segments.shift();
    if (gone === undefined) return;
    this.remember(gone);
    this.dropped++;
    this.bytes -= gone.bytes;
    this.index.drop(gone.frames.length);
  }

  /** The state at frame `number` of all, as a key frame. */
  async keyFrame(number: number): Promise<Frame> {
    const { index } = this;
    const frame = number - index.dropped;
    const chunk = index.chunkOf(frame);
    const frames = await this.frames(chunk);
    const vmas = await this.vmas(frame);
    const state = new RecordedState();
    let last: RecordedFrame | null = null;
    for (const data of frames.slice(0, frame - index.firstOfChunk(chunk) + 1)) {
      last = decodeRecordedFrame(data);
      state.apply(last);
    }
    if (last === null) throw new Error(`frame ${number} is not kept`);
    const { sequence, scanNs, writtenPages, mode } = last;
    const tiles = keyTiles(state.tiles, new TileWriter());
    const timeNs = index.times[frame];
    const time = timeNs / 1e6;
    const key: Frame = {
      ...({ kind: 'key', mode, sequence, base: sequence, time, merged: 1 } as const),
      ...{ scanNs, writtenPages, vmas, tiles },
    };
    return withEarlier(key, await this.lastWrites(timeNs));
  }

  private remember({ frames }: Segment): void {
    const { index } = this;
    const { written, last, holds } = decodeChunk(frames);
    const sets = holds ? [subtractRuns(written[0], this.agedWritten), ...written.slice(1)] : written;
    this.agedWritten = last;
    const counts = new Array<number>(KINDS).fill(0);
    let max = 0;
    for (let i = 0; i < frames.length; i++) {
      const own = index.countsOf(i);
      own.forEach((pages, kind) => (counts[kind] += pages));
      max = Math.max(
        max,
        own.reduce((sum, pages) => sum + pages, 0),
      );
    }
    const endNs = index.times[frames.length - 1];
    const startNs = Math.max(frameBegin(index, 0), this.aged.parts.at(-1)?.endNs ?? 0);
    this.aged.push({ startNs, endNs, frames: frames.length, runs: uniteAll(sets), counts, max });
  }
}

/** The frame with what is known of the time before it, where something is. */
export function withEarlier(frame: Frame, earlier: FrameStamps | null): Frame {
  return earlier === null ? frame : { ...frame, earlier };
}
