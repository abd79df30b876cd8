/** Scans a recording record by record, for any bytes. */
import { crc32 } from 'node:zlib';
import { damaged } from './bytes.ts';
import { TOPICS, type Topic } from './channels.ts';
import type { Input } from './input-file.ts';
import {
  Opcode,
  parseChannel,
  parseChunk,
  RECORD_HEADER,
  recordsIn,
  type Channel,
  type Message,
} from './mcap-parse.ts';
import { decompress } from './zstd.ts';

/** The most that a chunk may be, compressed or not. */
export const MAX_CHUNK_BYTES = 32 * 2 ** 20;
/** A record that may be larger is passed over, not read. */
const MAX_RECORD_BYTES = MAX_CHUNK_BYTES + 2 ** 16;
const BLOCK = 2 ** 18;

export interface RawRecord {
  readonly opcode: number;
  /** Position of its opcode in the file. */
  readonly offset: number;
  /** Size in bytes, with opcode and length. */
  readonly length: number;
  /** The whole record; null if it is too large to be read. Valid until the next call. */
  readonly bytes: Uint8Array | null;
}

/** Reads the records from `offset` on, one after another, in blocks. */
export class RecordScanner {
  private readonly file: Input;
  private block: Uint8Array = new Uint8Array(0);
  private blockAt = 0;
  /** Where the next record begins: everything before is whole. */
  offset: number;

  constructor(file: Input, offset: number) {
    this.file = file;
    this.offset = offset;
  }

  /**
   * The next record that is there as a whole.
   * @param size of the file
   * @returns null if the file ends, within a record or before one
   */
  async next(size: number): Promise<RawRecord | null> {
    const { offset } = this;
    const header = this.inBlock(RECORD_HEADER) ?? (await this.peek(RECORD_HEADER));
    if (header === null) return null;
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
    const opcode = view.getUint8(0);
    const length = RECORD_HEADER + Number(view.getBigUint64(1, true));
    if (opcode === 0 || offset + length > size) return null;
    if (length > MAX_RECORD_BYTES) {
      this.offset += length;
      return { opcode, offset, length, bytes: null };
    }
    const bytes = this.inBlock(length) ?? (await this.peek(length));
    if (bytes === null) return null;
    this.offset += length;
    return { opcode, offset, length, bytes };
  }

  private inBlock(length: number): Uint8Array | null {
    const from = this.offset - this.blockAt;
    if (from < 0 || from + length > this.block.length) return null;
    return this.block.subarray(from, from + length);
  }

  private async peek(length: number): Promise<Uint8Array | null> {
    this.block = await this.file.read(this.offset, Math.max(BLOCK, length));
    this.blockAt = this.offset;
    return this.inBlock(length);
  }
}

/** A message of a channel that is known. */
export interface StoredMessage extends Message {
  readonly topic: Topic;
}

/** Ids of the channels that have our topics; needed to read chunks. */
export class Channels {
  private readonly topics = new Map<number, Topic>();

  /** Later ones of the same number are passed over, and so are topics that are not ours. */
  add({ id, topic }: Channel): void {
    const known = TOPICS.find((ours) => ours === topic);
    if (known !== undefined && !this.topics.has(id)) this.topics.set(id, known);
  }

  has(topic: Topic): boolean {
    return [...this.topics.values()].includes(topic);
  }

  /**
   * Messages of a chunk that are ours.
   * @param unpacked is called with the number of bytes before they are unpacked; may throw
   * @throws InspectorError `damaged-file` for any defect
   */
  *messages(record: Uint8Array, unpacked?: (bytes: number) => void): Generator<StoredMessage> {
    const content = unpack(record, unpacked);
    const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    for (const { opcode, at, end } of recordsIn(content)) {
      if (opcode === Opcode.CHANNEL) this.add(parseChannel(content.subarray(0, end), at));
      if (opcode !== Opcode.MESSAGE) continue;
      if (end - at < MESSAGE_HEADER) throw damaged('a message ends too early');
      const channelId = view.getUint16(at, true);
      const topic = this.topics.get(channelId);
      if (topic === undefined) continue;
      const sequence = view.getUint32(at + 2, true);
      const time = view.getBigUint64(at + 6, true);
      yield { topic, channelId, sequence, time, data: content.subarray(at + MESSAGE_HEADER, end) };
    }
  }
}

/** Channel, sequence and two times. */
const MESSAGE_HEADER = 22;

/** A chunk's records; its checksum is checked. */
function unpack(record: Uint8Array, unpacked?: (bytes: number) => void): Uint8Array {
  if (record[0] !== Opcode.CHUNK) throw damaged('no chunk where one should be');
  const { compression, uncompressedSize, uncompressedCrc, records } = parseChunk(record);
  if (compression !== 'zstd' && compression !== '')
    throw damaged(`a chunk with the compression ${JSON.stringify(compression.slice(0, 20))}`);
  if (uncompressedSize > MAX_CHUNK_BYTES) throw damaged(`a chunk of ${uncompressedSize} bytes`);
  unpacked?.(uncompressedSize);
  const content = compression === '' ? records : decompress(records, uncompressedSize, MAX_CHUNK_BYTES);
  if (content.length !== uncompressedSize) throw damaged('a chunk of another length');
  if (uncompressedCrc !== 0 && crc32(content) !== uncompressedCrc)
    throw damaged('a chunk has a wrong checksum');
  return content;
}
