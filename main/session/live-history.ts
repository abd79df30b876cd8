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
import type { Frame } from '#shared/frame/frame.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { History, WrittenPages } from '#shared/source/history.ts';
import { FrameEncoder } from '../recording/frame-codec.ts';
import { FrameIndex } from '../recording/frame-index.ts';
import { collectWritten, type FrameStore } from '../recording/frame-store.ts';
import { countByKind } from '../recording/kind-counts.ts';
import { ratesAt } from '../recording/rates-at.ts';
import { operationsIn } from '../recording/recorded-history.ts';

/** What is kept: so many bytes of encoded frames, so many frames at most. */
const MOST_BYTES = 32 * 2 ** 20;
const MOST_FRAMES = 2 ** 15;
/** Frames between two key frames. */
const SEGMENT_FRAMES = 20;

interface Segment {
  readonly frames: Uint8Array[];
  readonly vmas: (readonly Vma[])[];
  bytes: number;
}

/** The last minutes of a live session, as a recording would have them, within a bound of memory. */
export class LiveHistory implements History, FrameStore {
  readonly index = new FrameIndex();
  private readonly encoder = new FrameEncoder();
  /** The first one has number `dropped`. */
  private readonly segments: Segment[] = [];
  private dropped = 0;
  private bytes = 0;
  private log: OperationRecord[] = [];
  private readonly happened: ProcessEvent[] = [];

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
    while (this.segments.length > 1 && (this.bytes > MOST_BYTES || this.index.frames > MOST_FRAMES))
      this.forgetSegment();
  }

  operation(record: OperationRecord): void {
    this.log.push(record);
    if (this.log.length > 2 * MAX_OPERATIONS) this.log = this.log.slice(-MAX_OPERATIONS);
  }

  processEvent(event: ProcessEvent): void {
    this.happened.push(event);
    if (this.happened.length > MAX_PROCESS_EVENTS) this.happened.shift();
  }

  timeline({ startNs, endNs }: TimeRange, buckets: number): TimelineReply {
    return this.index.timeline(startNs, endNs, buckets);
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

  frames(chunk: number): Promise<readonly Uint8Array[]> {
    return Promise.resolve(this.segments[chunk - this.dropped]?.frames ?? []);
  }

  vmas(frame: number): Promise<readonly Vma[]> {
    const chunk = this.index.chunkOf(frame);
    const segment = this.segments[chunk - this.dropped];
    return Promise.resolve(segment?.vmas[frame - this.index.firstOfChunk(chunk)] ?? []);
  }

  private forgetSegment(): void {
    const gone = this.segments.shift();
    if (gone === undefined) return;
    this.dropped++;
    this.bytes -= gone.bytes;
    this.index.drop(gone.frames.length);
  }
}
