/** Going through an MCAP file record by record, whatever its bytes are. */
import { McapStreamReader, Opcode, type McapTypes } from '@mcap/core';
import { damaged } from './bytes.ts';
import type { Input } from './input-file.ts';
import { decompress } from './zstd.ts';

/** Opcode and length. */
export const RECORD_HEADER = 9;
/** The most that a chunk may be, compressed or not. */
export const MOST_CHUNK_BYTES = 32 * 2 ** 20;
/** A record that may be larger is passed over, not read. */
const MOST_RECORD_BYTES = MOST_CHUNK_BYTES + 2 ** 16;
const BLOCK = 2 ** 18;

export interface RawRecord {
  readonly opcode: number;
  /** Of its opcode in the file. */
  readonly offset: number;
  /** With opcode and length. */
  readonly length: number;
  /** The whole record; null where it is too large to be read. Valid until the next call. */
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
   * @returns null where the file ends, within a record or before one
   */
  async next(size: number): Promise<RawRecord | null> {
    const { offset } = this;
    const header = await this.peek(RECORD_HEADER);
    if (header === null) return null;
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
    const opcode = view.getUint8(0);
    const length = RECORD_HEADER + Number(view.getBigUint64(1, true));
    if (opcode === 0 || offset + length > size) return null;
    if (length > MOST_RECORD_BYTES) {
      this.offset += length;
      return { opcode, offset, length, bytes: null };
    }
    const bytes = await this.peek(length);
    if (bytes === null) return null;
    this.offset += length;
    return { opcode, offset, length, bytes };
  }

  private async peek(length: number): Promise<Uint8Array | null> {
    let from = this.offset - this.blockAt;
    if (from < 0 || from + length > this.block.length) {
      this.block = await this.file.read(this.offset, Math.max(BLOCK, length));
      this.blockAt = this.offset;
      from = 0;
    }
    return this.block.length < length ? null : this.block.subarray(from, from + length);
  }
}

/** Channel records as they stand in the file: chunks are read with them. */
export class Channels {
  private records: Uint8Array[] = [];
  readonly topics = new Map<number, string>();

  /** @param bytes the whole record; kept */
  add(bytes: Uint8Array, channel: McapTypes.Channel): void {
    if (this.topics.has(channel.id)) return;
    this.topics.set(channel.id, channel.topic);
    this.records.push(bytes.slice());
  }

  /** Messages of a chunk. @throws InspectorError `damaged-file` whatever is wrong with it */
  *messages(chunk: Uint8Array): Generator<McapTypes.TypedMcapRecords['Message']> {
    const reader = new McapStreamReader({ noMagicPrefix: true, validateCrcs: true, decompressHandlers });
    try {
      for (const record of this.records) reader.append(record);
      for (let i = 0; i < this.records.length; i++) reader.nextRecord();
      reader.append(chunk);
      for (let record; (record = reader.nextRecord());) {
        if (record.type === 'Message') yield record;
        else if (record.type === 'Channel') this.topics.set(record.id, record.topic);
      }
    } catch (cause) {
      throw asDamage(cause);
    }
  }
}

const decompressHandlers: McapTypes.DecompressHandlers = {
  zstd: (bytes, size) => decompress(bytes, Number(size), MOST_CHUNK_BYTES),
};

type Parsed = McapTypes.TypedMcapRecord;

/** One record that is no chunk and no footer. @throws InspectorError `damaged-file` */
export function parseRecord<T extends Parsed['type']>(
  bytes: Uint8Array,
  type: T,
): Extract<Parsed, { type: T }> {
  const reader = new McapStreamReader({ noMagicPrefix: true, validateCrcs: true });
  let record: Parsed | undefined;
  try {
    reader.append(bytes);
    record = reader.nextRecord();
  } catch (cause) {
    throw asDamage(cause);
  }
  if (record?.type !== type) throw damaged(`a ${record?.type ?? 'broken'} record instead of ${type}`);
  return record as Extract<Parsed, { type: T }>;
}

export function asDamage(cause: unknown): Error {
  if (cause instanceof Error && cause.name === 'InspectorError') return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  return damaged(text.replace(/ \[(library=.*|no header)\]$/, '').replace(/\.$/, ''));
}

export { Opcode };
