import { McapIndexedReader, McapRecordBuilder, MCAP_MAGIC, type McapTypes } from '@mcap/core';
import { InspectorError } from '#shared/contract/errors.ts';
import type { Mark, OperationRecord, ProcessEvent } from '#shared/contract/recording.ts';
import { damaged } from './bytes.ts';
import {
  INDEX_NAME,
  METADATA,
  RECORDING_VERSION,
  recordingInfoSchema,
  type RecordingInfo,
} from './channels.ts';
import { readFrames, readMessages, type ChunkFrames, type StoredMessage } from './chunk-content.ts';
import { FileScan, recordedAt, type ChunkPlace } from './file-scan.ts';
import type { FrameIndex } from './frame-index.ts';
import { readIndex } from './index-attachment.ts';
import { InputFile, type Input } from './input-file.ts';
import { Channels, MOST_CHUNK_BYTES, parseRecord } from './records.ts';
import { loadZstd } from './zstd.ts';

/** The most that is read at once: a chunk and its header, or the summary of 58 hours. */
const MOST_READ = 64 * 2 ** 20;
/** A file that nobody wrote to for so long (milliseconds) is not being written any more. */
const STILL = 5000;

interface Contents {
  readonly channels: Channels;
  readonly chunks: readonly ChunkPlace[];
  readonly index: FrameIndex;
  readonly operations: readonly OperationRecord[];
  readonly marks: readonly Mark[];
  readonly processEvents: readonly ProcessEvent[];
  readonly metadata: ReadonlyMap<string, string> | null;
}

export interface OpenOptions {
  /** Go through the file even if it has an index. */
  readonly scan?: boolean;
}

/**
 * A recording that is open for reading: what is known of all its frames, and the frames of a chunk at a time. A file
 * without an end, or with damaged parts, is open with what is whole in it; nothing is ever written to it.
 */
export class RecordingReader {
  readonly path: string;
  private readonly file: Input;
  private contents: Contents;
  /** Null where the summary told everything. */
  private readonly scan: FileScan | null;
  private modified = 0;
  private size = 0;
  /** Whether all data are there, and the summary that tells of them is not. */
  private indexLost = false;
  /** Whether it was growing when it was last looked at. */
  private told = false;

  private constructor(file: Input, contents: Contents, scan: FileScan | null) {
    this.file = file;
    this.path = file.path;
    this.contents = contents;
    this.scan = scan;
  }

  /** Rejects with `io` where there is no such file, `damaged-file` where nothing in it can be read. */
  static async open(path: string, options: OpenOptions = {}): Promise<RecordingReader> {
    return RecordingReader.openInput(await InputFile.open(path), options);
  }

  /** The same for bytes that are not in a file; closes them with itself, and where it cannot be read. */
  static async openInput(input: Input, { scan = false }: OpenOptions = {}): Promise<RecordingReader> {
    try {
      await loadZstd();
      await checkMagic(input);
      const reader = await RecordingReader.read(input, scan);
      await reader.look();
      reader.told = reader.growing;
      reader.check();
      return reader;
    } catch (cause) {
      await input.close();
      throw cause;
    }
  }

  private static async read(file: Input, scanned: boolean): Promise<RecordingReader> {
    try {
      if (!scanned) return new RecordingReader(file, await readSummary(file), null);
    } catch {
      // No end, or not one that can be trusted: everything is looked at.
    }
    const scan = new FileScan(file);
    await scan.advance();
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

  /** Where its chunks stand in the file. */
  get places(): readonly ChunkPlace[] {
    return this.contents.chunks;
  }

  /** Bytes of the file when it was last looked at. */
  get bytes(): number {
    return this.size;
  }

  /** Where everything ends that is whole; the file's size where its summary told so. */
  get wholeBytes(): number {
    return this.scan === null ? this.size : this.scan.end;
  }

  /** The metadata record as it stands in the file; null where it is lost. */
  get metadata(): ReadonlyMap<string, string> | null {
    return this.contents.metadata;
  }

  /** Nanoseconds since 1970 from which times count. */
  get start(): bigint {
    return recordedAt(this.contents.metadata) ?? this.scan?.base ?? 0n;
  }

  /** What the recording says of itself; null where that part is lost. */
  get info(): RecordingInfo | null {
    const { metadata } = this.contents;
    if (metadata === null) return null;
    const values: Record<string, unknown> = {};
    try {
      for (const [key, value] of metadata) values[key] = JSON.parse(value);
    } catch {
      return null;
    }
    return recordingInfoSchema.safeParse(values).data ?? null;
  }

  /** Whether somebody is still writing to it. */
  get growing(): boolean {
    return this.scan !== null && !this.scan.complete && Date.now() - this.modified < STILL;
  }

  /** What is wrong with the file, in words; null where it is whole, or still growing. */
  get damage(): string | null {
    return this.describeDamage(this.growing);
  }

  /** The same; the end that a growing file has not yet counts as missing. */
  get damageNow(): string | null {
    return this.describeDamage(false);
  }

  private describeDamage(growing: boolean): string | null {
    const { scan } = this;
    if (scan === null) return null;
    const parts: string[] = [];
    if (scan.damagedParts > 0) {
      const count =
        scan.damagedParts === 1 ? 'One damaged part was' : `${scan.damagedParts} damaged parts were`;
      parts.push(`${count} left out (${scan.firstDamage})`);
    }
    if (this.indexLost) parts.push('Its index at the end is damaged, its frames are not');
    if (!scan.complete && !growing) {
      const lost = this.size - scan.end;
      parts.push(`The file has no end${lost > 0 ? `; its last ${lost} bytes are not whole` : ''}`);
    }
    return parts.length === 0 ? null : `${parts.join('. ')}.`;
  }

  /** Looks whether more was written since. @returns whether anything changed */
  async refresh(): Promise<boolean> {
    const { scan } = this;
    if (scan === null || scan.complete) return false;
    const { end } = scan;
    const { told } = this;
    await scan.advance();
    await this.look();
    this.contents = contentsOf(scan);
    this.told = this.growing;
    return scan.end !== end || this.told !== told;
  }

  /** Reads a chunk's frames. @throws InspectorError `damaged-file`, or `io` */
  async readChunk(chunk: number): Promise<ChunkFrames> {
    const { offset, length } = this.contents.chunks[chunk];
    const bytes = await this.file.read(offset, length);
    if (bytes.length < length) throw damaged('a part of it is missing now');
    const found = readFrames(bytes, this.contents.channels);
    const expected = this.index.firstOfChunk(chunk + 1) - this.index.firstOfChunk(chunk);
    if (found.frames.length !== expected)
      throw damaged(`${found.frames.length} frames instead of ${expected}`);
    return found;
  }

  /** All messages of a chunk. @throws InspectorError `damaged-file`, or `io` */
  async readMessages(chunk: number): Promise<StoredMessage[]> {
    const { offset, length } = this.contents.chunks[chunk];
    return readMessages(await this.file.read(offset, length), this.contents.channels);
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private async look(): Promise<void> {
    const { size, modified } = await this.file.facts();
    this.size = size;
    this.modified = modified;
  }

  private check(): void {
    const version = Number(this.contents.metadata?.get('version') ?? RECORDING_VERSION);
    if (version > RECORDING_VERSION) {
      throw new InspectorError(
        'unsupported',
        `${this.path} is a recording of version ${version}; this program reads up to ${RECORDING_VERSION}.`,
        'Open it with a newer version of the program.',
      );
    }
    if (this.index.frames > 0) return;
    const ours = [...this.contents.channels.topics.values()].includes('/frames');
    if (!ours && this.contents.metadata === null) {
      throw new InspectorError(
        'damaged-file',
        `${this.path} is an MCAP file, but no recording of this program.`,
        'Choose a recording.',
      );
    }
    if (this.growing) return;
    const why = this.damage ?? 'It has no frames.';
    throw new InspectorError('damaged-file', `${this.path}: there is no frame in it. ${why}`, '');
  }
}

async function checkMagic(file: Input): Promise<void> {
  const magic = await file.read(0, MCAP_MAGIC.length);
  if (MCAP_MAGIC.every((byte, i) => magic[i] === byte)) return;
  throw new InspectorError(
    'damaged-file',
    `${file.path} is no recording: it does not begin as one.`,
    'Choose a recording.',
  );
}

function contentsOf(scan: FileScan): Contents {
  const { channels, chunks, index, operations, marks, processEvents, metadata } = scan;
  return { channels, chunks, index, operations, marks: [...marks.values()], processEvents, metadata };
}

/** Everything from the end of the file. Throws where anything in it is not as it must be. */
async function readSummary(file: Input): Promise<Contents> {
  const { size } = await file.facts();
  const readable: McapTypes.IReadable = {
    size: () => Promise.resolve(BigInt(size)),
    read: (at, length) => {
      if (at < 0n || length > BigInt(MOST_READ) || at + length > BigInt(size))
        throw damaged('lengths that lie');
      return file.read(Number(at), Number(length));
    },
  };
  const reader = await McapIndexedReader.Initialize({ readable });
  const channels = new Channels();
  for (const channel of reader.channelsById.values()) channels.add(channelRecord(channel), channel);
  const chunks = [...reader.chunkIndexes]
    .sort((a, b) => (a.chunkStartOffset < b.chunkStartOffset ? -1 : 1))
    .map((chunk) => place(chunk.chunkStartOffset, chunk.chunkLength, size));
  const parts: Uint8Array[] = [];
  const number = (name: string): number => Number(name.slice(INDEX_NAME.length + 1));
  const attachments = reader.attachmentIndexes.filter(({ name }) => name.startsWith(`${INDEX_NAME}/`));
  for (const { offset, length } of attachments.sort((a, b) => number(a.name) - number(b.name)))
    parts.push(parseRecord(await readable.read(offset, length), 'Attachment').data);
  if (parts.length === 0) throw damaged('no index');
  let metadata: ReadonlyMap<string, string> | null = null;
  for (const { name, offset, length } of reader.metadataIndexes) {
    if (name === METADATA) metadata ??= parseRecord(await readable.read(offset, length), 'Metadata').metadata;
  }
  const { index, notes } = readIndex(parts, chunks.length);
  return { channels, chunks, index, ...notes, metadata };
}

function place(offset: bigint, length: bigint, size: number): ChunkPlace {
  if (length > BigInt(MOST_CHUNK_BYTES) || offset + length > BigInt(size)) throw damaged('lengths that lie');
  return { offset: Number(offset), length: Number(length) };
}

function channelRecord(channel: McapTypes.Channel): Uint8Array {
  const builder = new McapRecordBuilder();
  builder.writeChannel(channel);
  return builder.buffer.slice();
}
