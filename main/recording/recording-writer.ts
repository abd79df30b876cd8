import { InspectorError } from '#shared/contract/errors.ts';
import {
  MAX_PROCESS_EVENT_TEXT,
  MAX_PROCESS_EVENTS,
  MAX_OPERATIONS,
  TIMELINE_KINDS,
  type Mark,
  type OperationRecord,
  type ProcessEvent,
  type RecordingProgress,
} from '#shared/contract/recording.ts';
import type { WritersInterval } from '#shared/contract/writers.ts';
import type { Frame } from '#shared/frame/frame.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { plural } from '#shared/plural.ts';
import { MAX_FRAME_BYTES } from './chunk-content.ts';
import {
  MAX_VMAS_BYTES,
  operationText,
  RECORDING_VERSION,
  type MarkChangeRecord,
  type RecordingInfo,
  type Topic,
} from './channels.ts';
import * as limits from './recording-limits.ts';
import { writersText } from './writers/writers-message.ts';
import { FrameEncoder } from './frame-codec.ts';
import { FrameIndex, MAX_FRAMES } from './frame-index.ts';
import { indexAttachments, maxIndexBytes } from './index-attachment.ts';
import { countByKind } from './kind-counts.ts';
import { McapBuilder } from './mcap-builder.ts';
import { MAX_TILES } from './page-runs.ts';
import { fileError } from './file-errors.ts';
import { OutputFile } from './output-file.ts';
import type { CreateOutput, RecordingOutput } from './recording-output.ts';
import { loadZstd } from './zstd.ts';

/** A chunk ends after this time (milliseconds), of the frames' time or of ours: what a crash can cost, with the tick below. */
const CHUNK_TIME = 700;
const TICK = 100;
/** … or when it has this many bytes. */
const CHUNK_BYTES = 4 * 2 ** 20;
/** Share of the maximum number of frames at which a notice announces the end. */
const WARN_AT = 0.95;
/** Schemas, channels, statistics and the names of the parts. */
const END_BYTES = 16_384;
/** Size of the notes in the index, well below a reader's limit. */
const MAX_NOTES_BYTES = 12 * 2 ** 20;

export interface RecordingOptions {
  readonly path: string;
  /** Makes what is written to; default: a file of this machine. */
  readonly create?: CreateOutput;
  readonly info: Omit<RecordingInfo, 'version' | 'recordedAt'>;
  /** Ends by itself before the file is larger; default: no limit. */
  readonly maxBytes?: number;
  /** Frames after which it ends by itself, with an error; default: as many as a reader takes. */
  readonly maxFrames?: number;
  /** A message for the user while it continues. */
  readonly onNotice?: (message: string) => void;
  /** It ended by itself: an error, or null if `maxBytes` is reached. The file is closed properly. */
  readonly onEnd?: (problem: InspectorError | null) => void;
}

/**
 * Writes a recording: every frame, operation and mark that it is given, in the order in which they come. They are encoded
 * immediately and written asynchronously; `room` reports when the disk lags behind.
 */
export class RecordingWriter {
  readonly path: string;
  private readonly file: RecordingOutput;
  private readonly builder = new McapBuilder();
  private readonly encoder = new FrameEncoder();
  private readonly index = new FrameIndex();
  private readonly operations: OperationRecord[] = [];
  private readonly processEvents: ProcessEvent[] = [];
  private readonly marks = new Map<string, Mark>();
  private readonly options: RecordingOptions;
  private readonly timer: NodeJS.Timeout;
  private readonly recordedAt = Date.now();
  /** Bytes before the first chunk. */
  private readonly head: number;
  private base: number | null = null;
  private lastNs = 0;
  private vmas: readonly Vma[] | null = null;
  private vmaText = '';
  private sequence = 0;
  private chunkBegan = 0;
  private chunkBeganNs = 0;
  private needsKey = true;
  /** The most that operations, marks and process events take in the index. */
  private noteBytes = 0;
  private ending: Promise<void> | null = null;
  private ended = false;

  private constructor(file: RecordingOutput, options: RecordingOptions) {
    this.file = file;
    this.path = file.path;
    this.options = options;
    const metadata = { version: RECORDING_VERSION, recordedAt: this.recordedAt, ...options.info };
    file.write(this.builder.begin(new Map(Object.entries(metadata).map(([k, v]) => [k, JSON.stringify(v)]))));
    this.head = this.builder.position;
    this.timer = setInterval(() => this.tick(), TICK);
    this.timer.unref();
  }

  /** Makes the file; rejects with kind `io` if that cannot be. */
  static async create(options: RecordingOptions): Promise<RecordingWriter> {
    await loadZstd();
    const { path, create } = options;
    return new RecordingWriter(await (create?.(path) ?? OutputFile.create(path)), options);
  }

  /** Where the recording begins on the session's clock, in nanoseconds; null before the first frame. */
  get beganNs(): number | null {
    return this.base;
  }

  /** The state before the first frame; not recorded itself. */
  prime(key: Frame): void {
    this.encoder.encode(key, true);
  }

  /** The session's next frame: a single sample's, none left out. */
  frame(frame: Frame): void {
    if (this.ended) return;
    const timeNs = this.relative(Math.round(frame.time * 1e6));
    if (this.needsKey) this.openChunk(timeNs);
    const data = this.encoder.encode(frame, this.needsKey);
    if (data === null) return;
    const { state } = this.encoder;
    if (data.length > MAX_FRAME_BYTES || state.tiles.size > MAX_TILES)
      return this.endItself(limits.tooLarge(data.length, state.tiles.size));
    const number = this.index.frames;
    if (state.vmas !== this.vmas) this.vmaText = JSON.stringify({ vmas: state.vmas });
    if (this.vmaText.length > MAX_VMAS_BYTES) return this.endItself(limits.tooManyVmas(state.vmas.length));
    if (this.needsKey || state.vmas !== this.vmas) this.writeVmas(state.vmas, timeNs);
    this.needsKey = false;
    this.builder.add('/frames', number, this.absolute(timeNs), data);
    const counts = countByKind(state.tiles, state.vmas);
    const kinds = Object.fromEntries(TIMELINE_KINDS.map((kind, k) => [kind, counts[k]]));
    const { mode, writtenPages: written, scanNs } = frame;
    const line = { frame: number, mode, written, ...kinds, scan_ms: scanNs / 1e6 };
    this.builder.add('/statistics', number, this.absolute(timeNs), JSON.stringify(line));
    this.index.push(timeNs, counts, this.builder.chunks.length);
    const chunkFull = timeNs - this.chunkBeganNs >= CHUNK_TIME * 1e6 || this.builder.openBytes >= CHUNK_BYTES;
    if (chunkFull || performance.now() - this.chunkBegan >= CHUNK_TIME) this.flush();
    this.checkFrames();
  }

  private checkFrames(): void {
    const { frames } = this.index;
    const most = Math.min(this.options.maxFrames ?? MAX_FRAMES, MAX_FRAMES);
    if (frames >= most) return this.endItself(limits.tooManyFrames(frames));
    if (frames === Math.floor(most * WARN_AT))
      this.options.onNotice?.(`The recording has ${frames} frames; it ends at ${most}, the maximum.`);
  }

  operation(record: OperationRecord): void {
    if (this.ended) return;
    const timeNs = this.relative(record.timeNs);
    const text = operationText(record);
    if (this.operations.length < MAX_OPERATIONS && this.noteFits(text))
      this.operations.push({ ...record, timeNs });
    this.message('/operations', timeNs, text);
  }

  /** An event of the program or of its tracking; its time is the session's, as in `operation`. */
  processEvent(event: ProcessEvent): void {
    if (this.ended) return;
    const timeNs = this.relative(event.timeNs);
    const record = { ...event, timeNs, message: event.message.slice(0, MAX_PROCESS_EVENT_TEXT) };
    const text = JSON.stringify(record);
    if (this.processEvents.length < MAX_PROCESS_EVENTS && this.noteFits(text))
      this.processEvents.push(record);
    this.message('/process_events', timeNs, text);
  }

  /** The writers that a sample found; before its frame, so that both are in one chunk. */
  writers(interval: WritersInterval): void {
    if (this.ended) return;
    this.message('/writers', this.relative(interval.timeNs), writersText(interval));
  }

  /** A part of what a simulated program needs to run again (`RerunParts`), before the frame that shows its state. */
  rerun(text: string): void {
    if (this.ended) return;
    this.message('/rerun', this.lastNs, text);
    if (this.builder.openBytes >= CHUNK_BYTES) this.flush();
  }

  /** A mark was added or changed; one of a time before the recording has no place in it. */
  mark(mark: Mark): void {
    const timeNs = mark.timeNs - (this.base ?? mark.timeNs);
    if (timeNs >= 0) this.changeMark({ ...mark, timeNs });
    else this.removeMark(mark.id);
  }

  removeMark(id: string): void {
    if (this.marks.has(id)) this.changeMark({ id, removed: true });
  }

  /** Null, or while the disk lags behind a promise that resolves when there is room. */
  room(): Promise<void> | null {
    return this.file.room();
  }

  progress(): RecordingProgress {
    return {
      path: this.path,
      seconds: this.lastNs / 1e9,
      bytes: this.builder.position + this.builder.openBytes,
      frames: this.index.frames,
    };
  }

  /** What is in the file once it is closed. */
  closed(): RecordingProgress {
    return { ...this.progress(), bytes: this.builder.position };
  }

  /** Ends the recording and closes the file. Rejects if not everything could be written; the file is closed properly. */
  async stop(): Promise<RecordingProgress> {
    this.ending ??= this.end();
    await this.ending;
    return this.closed();
  }

  private message(
    topic: Exclude<Topic, '/frames' | '/vmas' | '/statistics'>,
    timeNs: number,
    text: string,
  ): void {
    if (this.builder.openBytes === 0) this.chunkBegan = performance.now();
    this.builder.add(topic, this.sequence++, this.absolute(timeNs), text);
  }

  private changeMark(change: MarkChangeRecord): void {
    if (this.ended) return;
    if ('removed' in change) this.marks.delete(change.id);
    else if (this.marks.has(change.id) || this.noteFits(JSON.stringify(change)))
      this.marks.set(change.id, change);
    this.message('/marks', this.lastNs, JSON.stringify(change));
  }

  private openChunk(timeNs: number): void {
    // Operations since the last chunk are in one chunk with the frames after them.
    if (this.builder.openBytes === 0) this.chunkBegan = performance.now();
    this.chunkBeganNs = timeNs;
  }

  private writeVmas(vmas: readonly Vma[], timeNs: number): void {
    this.vmas = vmas;
    this.builder.add('/vmas', this.sequence++, this.absolute(timeNs), this.vmaText);
  }

  private tick(): void {
    if (this.file.failed) this.endItself(null);
    else if (this.builder.openBytes > 0 && performance.now() - this.chunkBegan >= CHUNK_TIME) this.flush();
  }

  private flush(): void {
    const bytes = this.finishChunk();
    if (bytes === null) return;
    this.needsKey = true;
    this.file.write(bytes);
    const { maxBytes } = this.options;
    // Another one like it would not fit.
    if (maxBytes !== undefined && this.builder.position + this.endBytes() + bytes.length > maxBytes)
      this.endItself(null);
  }

  /** Ends the open chunk; null if nothing is in it, or where it would make the file larger than it may be. */
  private finishChunk(): Uint8Array | null {
    const { builder, index } = this;
    const { maxBytes } = this.options;
    const start = builder.position;
    const bytes = builder.finishChunk();
    if (bytes === null || maxBytes === undefined || builder.position + this.endBytes() <= maxBytes)
      return bytes;
    index.truncate(index.firstOfChunk(builder.takeBack(start)));
    this.endItself(index.frames === 0 ? limits.tooSmall(maxBytes) : null);
    return null;
  }

  /**
   * The most that the end of the file can have: index and notes, hardly more when they do not compress, and less than 200
   * bytes of the summary for each chunk.
   */
  private endBytes(): number {
    const chunks = this.builder.chunks.length;
    const parts = (maxIndexBytes(this.index.frames, chunks) + this.noteBytes) * 1.01;
    return Math.ceil(parts) + chunks * 200 + END_BYTES;
  }

  /** Whether the index may name another note; a file that must stay small keeps room for frames. */
  private noteFits(text: string): boolean {
    // As JSON within JSON each quote takes two bytes more, and any character up to four.
    const bytes = text.length * 4 + 64;
    const most = Math.min((this.options.maxBytes ?? Infinity) / 4, MAX_NOTES_BYTES);
    if (this.noteBytes + bytes > most) return false;
    this.noteBytes += bytes;
    return true;
  }

  private endItself(problem: InspectorError | null): void {
    if (this.ended) return;
    this.ending = this.end();
    this.ending.then(
      () => this.options.onEnd?.(problem),
      (cause: unknown) => this.options.onEnd?.(fileError(cause, this.path)),
    );
  }

  private async end(): Promise<void> {
    clearInterval(this.timer);
    this.flushLast();
    this.ended = true;
    let problem: unknown = null;
    try {
      this.writeEnd();
      await this.file.settled();
    } catch (cause) {
      const given = this.index.frames;
      const whole = await this.closeShort();
      problem = this.cutShort(cause, given, whole);
    } finally {
      await this.file.close();
    }
    if (problem !== null) throw problem;
  }

  private flushLast(): void {
    const bytes = this.finishChunk();
    if (bytes !== null) this.file.write(bytes);
  }

  private writeEnd(): void {
    const time = this.absolute(this.lastNs);
    const { operations, processEvents } = this;
    const notes = { operations, marks: [...this.marks.values()], processEvents };
    for (const { name, data } of indexAttachments(this.index, this.builder.chunks.length, notes))
      this.file.write(this.builder.attachment(name, time, data));
    this.file.write(this.builder.end());
  }

  /** The error for a recording that could not be written to its end. */
  private cutShort(cause: unknown, given: number, whole: boolean): InspectorError {
    const { frames, endNs } = this.index;
    const { message, remedy } = fileError(cause, this.path);
    const kept = whole
      ? `The file is complete with ${plural(frames, 'frame')} (${(endNs / 1e9).toFixed(1)} s)`
      : 'The file has no end: "soft-dirty recover" makes one';
    const lost = given - frames;
    const missing = lost === 0 ? '' : `, ${plural(lost, 'frame')} could not be written`;
    return new InspectorError('io', `${message} ${kept}${whole ? missing : ''}.`, remedy, { cause });
  }

  /**
   * A write failed: the file is completed nevertheless, with less in it if necessary.
   * @returns whether it does
   */
  private async closeShort(): Promise<boolean> {
    const { builder, file, index } = this;
    for (let position = file.written; position >= this.head;) {
      const chunks = builder.takeBack(position);
      index.truncate(index.firstOfChunk(chunks));
      try {
        await file.cut(position);
        this.writeEnd();
        await file.settled();
        return true;
      } catch {
        const last = builder.chunks.at(-1);
        // Nothing fits: the complete part can still be read.
        if (last === undefined) return false;
        position = Number(last.index.chunkStartOffset);
      }
    }
    return false;
  }

  /** Converts a time of the session's clock to the recording's. */
  private relative(timeNs: number): number {
    this.base ??= timeNs;
    this.lastNs = Math.max(this.lastNs, timeNs - this.base);
    return this.lastNs;
  }

  private absolute(timeNs: number): bigint {
    return BigInt(this.recordedAt) * 1_000_000n + BigInt(timeNs);
  }
}
