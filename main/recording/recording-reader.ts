import { InspectorError } from '#shared/contract/errors.ts';
import type { Mark, OperationRecord, ProcessEvent } from '#shared/contract/recording.ts';
import { plural } from '#shared/plural.ts';
import { damaged } from './bytes.ts';
import { parseBoundedJson } from './bounded-json.ts';
import { RECORDING_VERSION, recordingInfoSchema, type RecordingInfo } from './channels.ts';
import { readFrames, readMessages, type ChunkFrames, type StoredFrame } from './chunk-content.ts';
import type { ChunkPlaces } from './chunk-places.ts';
import { FileScan, recordedAt } from './file-scan.ts';
import type { FrameIndex } from './frame-index.ts';
import { InputFile, type Input } from './input-file.ts';
import type { StoredMessage } from './records.ts';
import { describeSkipped, noDamage, type SkippedParts } from './skipped-parts.ts';
import { MAGIC, readSummary, type Contents } from './summary.ts';
import { WorkBudget } from './work-budget.ts';
import { loadZstd } from './zstd.ts';

/** Values in an entry of the metadata. */
const MAX_INFO_VALUES = 10_000;
/** A file that was not written to for this long is no longer being written. */
const IDLE_MS = 5000;

export interface OpenOptions {
  /** Go through the file even if it has an index. */
  readonly scan?: boolean;
  /** Opening may take long if the file has no index. Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * A recording that is open for reading: what is known of all its frames, and the frames of a chunk at a time. A file
 * without an end, or with damaged parts, is opened with its readable part; nothing is ever written to it.
 */
export class RecordingReader {
  readonly path: string;
  private readonly file: Input;
  private contents: Contents;
  /** Null if the summary is enough. */
  private readonly scan: FileScan | null;
  private modified = 0;
  private size = 0;
  /** Whether all data are there, and the summary is not. */
  private indexLost = false;
  /** Chunks that the index names and that turned out not to be readable, and what they are. */
  private readonly badChunks = new Set<number>();
  private readonly bad: SkippedParts = noDamage();
  /** Whether it was growing at the last check. */
  private wasGrowing = false;

  private constructor(file: Input, contents: Contents, scan: FileScan | null) {
    this.file = file;
    this.path = file.path;
    this.contents = contents;
    this.scan = scan;
  }

  /** Rejects with `io` if there is no such file, `damaged-file` if nothing in it can be read. */
  static async open(path: string, options: OpenOptions = {}): Promise<RecordingReader> {
    return RecordingReader.openInput(await InputFile.open(path), options);
  }

  /** Like `open`, for any input. Closes the input with the reader, and if it cannot be read. */
  static async openInput(input: Input, { scan = false, signal }: OpenOptions = {}): Promise<RecordingReader> {
    try {
      await loadZstd();
      await checkMagic(input);
      const reader = await RecordingReader.read(input, scan, signal);
      await reader.readIndex();
      reader.wasGrowing = reader.growing;
      reader.requireFrames();
      return reader;
    } catch (cause) {
      await input.close();
      throw cause;
    }
  }

  private static async read(file: Input, scanned: boolean, signal?: AbortSignal): Promise<RecordingReader> {
    try {
      if (!scanned) return new RecordingReader(file, await readSummary(file), null);
    } catch {
      // No end, or not one that can be trusted: everything is read.
    }
    const scan = new FileScan(file);
    await scan.advance(signal);
    const reader = new RecordingReader(file, contentsOf(scan), scan);
    reader.indexLost = !scanned && scan.complete;
    return reader;
  }

  get index(): FrameIndex {
    return this.contents.index;
  }

  get operations(): readonly OperationRecord[] {
    return this.contents.operations;
  }

  /** Those in the file. */
  get marks(): readonly Mark[] {
    return this.contents.marks;
  }

  /** What happened to the program and its tracking, by time. */
  get processEvents(): readonly ProcessEvent[] {
    return this.contents.processEvents;
  }

  get chunks(): number {
    return this.contents.chunks.length;
  }

  /** Where in the file its chunks are. */
  get places(): ChunkPlaces {
    return this.contents.chunks;
  }

  /** Bytes of the file at the last check. */
  get bytes(): number {
    return this.size;
  }

  /** Where everything ends that is whole; the file's size where it has a summary. */
  get wholeBytes(): number {
    return this.scan === null ? this.size : this.scan.end;
  }

  /** The metadata record as it is in the file; null if it is lost. */
  get metadata(): ReadonlyMap<string, string> | null {
    return this.contents.metadata;
  }

  /** Nanoseconds since 1970 from which times count. */
  get start(): bigint {
    return recordedAt(this.contents.metadata) ?? this.scan?.base ?? 0n;
  }

  /** What the recording is of; null if that part is lost. */
  get info(): RecordingInfo | null {
    const { metadata } = this.contents;
    if (metadata === null) return null;
    const values: Record<string, unknown> = {};
    try {
      for (const [key, value] of metadata) values[key] = parseBoundedJson(value, MAX_INFO_VALUES, key);
    } catch {
      return null;
    }
    return recordingInfoSchema.safeParse(values).data ?? null;
  }

  /** Whether it is still being written. */
  get growing(): boolean {
    return this.scan !== null && !this.scan.complete && Date.now() - this.modified < IDLE_MS;
  }

  /** What is wrong with the file, in words; null if it is whole, or still growing. */
  get damage(): string | null {
    return this.describeDamage(this.growing);
  }

  /** Like `damage`, but the end that a growing file does not have yet counts as missing. */
  get damageNow(): string | null {
    return this.describeDamage(false);
  }

  /** The parts of the file left out so far; `check` reads all of it. */
  get skipped(): Readonly<SkippedParts> {
    const { scan, bad } = this;
    if (scan === null) return bad;
    const { skipped } = scan;
    return {
      parts: skipped.parts + bad.parts,
      chunks: skipped.chunks + bad.chunks,
      bytes: skipped.bytes + bad.bytes + (this.growing ? 0 : this.lostEnd),
      frames: skipped.frames + bad.frames,
      why: skipped.why || bad.why,
    };
  }

  /** Bytes after the last whole record of a file without an end. */
  private get lostEnd(): number {
    const { scan } = this;
    return scan === null || scan.complete ? 0 : Math.max(0, this.size - scan.end);
  }

  private describeDamage(growing: boolean): string | null {
    const { scan, bad } = this;
    const parts = [describeSkipped(scan?.skipped ?? noDamage()), describeSkipped(bad)].filter(
      (text) => text !== null,
    );
    if (this.indexLost) parts.push('Its index at the end is damaged, its frames are not');
    if (scan !== null && !scan.complete && !growing) {
      const lost = this.lostEnd;
      parts.push(
        `The file has no end${lost > 0 ? `; its last ${plural(lost, 'byte is', 'bytes are')} incomplete` : ''}`,
      );
    }
    return parts.length === 0 ? null : `${parts.join('. ')}.`;
  }

  /**
   * Reads every chunk and its checksum; `damage` and `skipped` have what was found. A file that was opened by going
   * through it was checked by that.
   *
   * @param visit is called with the frames of each chunk that can be read, also of such a file; what it throws for a chunk counts
   * as that chunk's damage
   */
  async check(signal?: AbortSignal, visit?: (frames: readonly StoredFrame[]) => void): Promise<void> {
    if (this.scan !== null && visit === undefined) return;
    const budget = new WorkBudget();
    budget.fileSize(this.size);
    for (let chunk = 0; chunk < this.chunks; chunk++) {
      signal?.throwIfAborted();
      try {
        const { frames } = await this.readChunk(chunk, budget.spend);
        visit?.(frames);
      } catch (cause) {
        if (budget.exhausted || !(cause instanceof InspectorError)) throw cause;
        this.chunkIsBad(chunk, cause);
      }
    }
  }

  /** Looks whether more was written since. @returns whether anything changed */
  async refresh(): Promise<boolean> {
    const { scan } = this;
    if (scan === null || scan.complete) return false;
    const { end } = scan;
    const { wasGrowing } = this;
    await scan.advance();
    await this.readIndex();
    this.contents = contentsOf(scan);
    this.wasGrowing = this.growing;
    return scan.end !== end || this.wasGrowing !== wasGrowing;
  }

  /**
   * Reads a chunk's frames. One that cannot be read counts in `damage` from then on.
   * @param unpacked is called with the number of bytes before they are unpacked; may throw
   * @throws InspectorError `damaged-file`, or `io`
   */
  async readChunk(chunk: number, unpacked?: (bytes: number) => void): Promise<ChunkFrames> {
    try {
      const found = readFrames(await this.chunkBytes(chunk), this.contents.channels, unpacked);
      const expected = this.framesOf(chunk);
      if (found.frames.length !== expected)
        throw damaged(`${plural(found.frames.length, 'frame')} instead of ${expected}`);
      return found;
    } catch (cause) {
      this.chunkIsBad(chunk, cause);
      throw cause;
    }
  }

  /** All messages of a chunk. @throws InspectorError `damaged-file`, or `io` */
  async readMessages(chunk: number): Promise<StoredMessage[]> {
    return readMessages(await this.chunkBytes(chunk), this.contents.channels);
  }

  private async chunkBytes(chunk: number): Promise<Uint8Array> {
    const { offset, length } = this.contents.chunks.at(chunk);
    const bytes = await this.file.read(offset, length);
    if (bytes.length < length) throw damaged('a part of it is missing now');
    return bytes;
  }

  private framesOf(chunk: number): number {
    return this.index.firstOfChunk(chunk + 1) - this.index.firstOfChunk(chunk);
  }

  private chunkIsBad(chunk: number, cause: unknown): void {
    if (this.badChunks.has(chunk)) return;
    this.badChunks.add(chunk);
    const { bad } = this;
    bad.parts++;
    bad.chunks++;
    bad.bytes += this.contents.chunks.at(chunk).length;
    bad.frames += this.framesOf(chunk);
    bad.why ||= cause instanceof Error ? cause.message : String(cause);
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private async readIndex(): Promise<void> {
    const { size, modified } = await this.file.facts();
    this.size = size;
    this.modified = modified;
  }

  private requireFrames(): void {
    const version = Number(this.contents.metadata?.get('version') ?? RECORDING_VERSION);
    if (version > RECORDING_VERSION) {
      throw new InspectorError(
        'unsupported',
        `${this.path} is a recording of version ${version}; this program reads up to ${RECORDING_VERSION}.`,
        'Open it with a newer version of the program.',
      );
    }
    if (this.index.frames > 0) return;
    if (!this.contents.channels.has('/frames') && this.contents.metadata === null) {
      throw new InspectorError(
        'damaged-file',
        `${this.path} is an MCAP file, but not a recording of this program.`,
        'Select a recording.',
      );
    }
    if (this.growing) return;
    const why = this.damage ?? 'It has no frames.';
    throw new InspectorError('damaged-file', `${this.path}: there is no frame in it. ${why}`, '');
  }
}

/** @throws InspectorError `damaged-file` if a file does not begin as a recording does */
export async function checkMagic(file: Input): Promise<void> {
  const magic = await file.read(0, MAGIC.length);
  if (MAGIC.every((byte, i) => magic[i] === byte)) return;
  throw new InspectorError(
    'damaged-file',
    `${file.path} is not a recording (bad file header).`,
    'Select a recording.',
  );
}

function contentsOf(scan: FileScan): Contents {
  const { channels, chunks, index, operations, marks, processEvents, metadata } = scan;
  return { channels, chunks, index, operations, marks: [...marks.values()], processEvents, metadata };
}
