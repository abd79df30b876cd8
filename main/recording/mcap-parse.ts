/** MCAP records as bytes: every length is checked against the bytes that are there before anything is read. */
import { crc32 } from 'node:zlib';
import { plural } from '#shared/plural.ts';
import { damaged } from './bytes.ts';

/** Opcodes of the specification that are read. */
export const Opcode = {
  HEADER: 1,
  FOOTER: 2,
  SCHEMA: 3,
  CHANNEL: 4,
  MESSAGE: 5,
  CHUNK: 6,
  MESSAGE_INDEX: 7,
  CHUNK_INDEX: 8,
  ATTACHMENT: 9,
  ATTACHMENT_INDEX: 10,
  METADATA: 12,
  METADATA_INDEX: 13,
  DATA_END: 15,
} as const;

/** Opcode and length. */
export const RECORD_HEADER = 9;
/** The largest name of anything that is read. */
const MAX_NAME_BYTES = 4096;
/** Entries and bytes of one metadata record. */
const MAX_METADATA_ENTRIES = 256;
const MAX_METADATA_BYTES = 2 ** 20;

const decoder = new TextDecoder();

/** Reads fields one after another. @throws InspectorError `damaged-file` beyond the end */
export class Fields {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  at: number;

  constructor(bytes: Uint8Array, at = RECORD_HEADER) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  private take(length: number): number {
    const { at } = this;
    if (!(length <= this.left)) throw damaged('a record ends too early');
    this.at += length;
    return at;
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  u64(): bigint {
    return this.view.getBigUint64(this.take(8), true);
  }

  /** A length or an offset. */
  size(): number {
    const at = this.take(8);
    const value = this.view.getUint32(at, true) + this.view.getUint32(at + 4, true) * 2 ** 32;
    if (value > Number.MAX_SAFE_INTEGER) throw damaged(`a length of ${value}`);
    return value;
  }

  data(length: number): Uint8Array {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  text(maxBytes: number = MAX_NAME_BYTES): string {
    const length = this.u32();
    if (length > maxBytes) throw damaged(`a name of ${plural(length, 'byte')}`);
    return decoder.decode(this.data(length));
  }

  skipText(): void {
    this.take(this.u32());
  }
}

export interface Channel {
  readonly id: number;
  readonly topic: string;
}

export function parseChannel(record: Uint8Array, at?: number): Channel {
  const fields = new Fields(record, at);
  const id = fields.u16();
  fields.u16();
  return { id, topic: fields.text() };
}

export interface NamedMap {
  readonly name: string;
  readonly values: ReadonlyMap<string, string>;
}

export function parseMetadata(record: Uint8Array): NamedMap {
  const fields = new Fields(record);
  const name = fields.text();
  const end = fields.u32();
  if (end > MAX_METADATA_BYTES || end > fields.left) throw damaged(`metadata of ${plural(end, 'byte')}`);
  const stop = fields.at + end;
  const values = new Map<string, string>();
  while (fields.at < stop) {
    if (values.size >= MAX_METADATA_ENTRIES) throw damaged('more metadata than there can be');
    values.set(fields.text(), fields.text(MAX_METADATA_BYTES));
  }
  return { name, values };
}

export interface ChunkHeader {
  readonly compression: string;
  readonly uncompressedSize: number;
  readonly uncompressedCrc: number;
  readonly records: Uint8Array;
}

export function parseChunk(record: Uint8Array): ChunkHeader {
  const fields = new Fields(record);
  fields.u64();
  fields.u64();
  const uncompressedSize = fields.size();
  const uncompressedCrc = fields.u32();
  const compression = fields.text();
  return { compression, uncompressedSize, uncompressedCrc, records: fields.data(fields.size()) };
}

/** The place of a chunk by its index record, which `fields` are at. There are hundreds of thousands of them. */
export function parseChunkIndex(fields: Fields): { offset: number; length: number } {
  // The times of its messages are before.
  fields.at += 16;
  return { offset: fields.size(), length: fields.size() };
}

export interface NamedPlace {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}

export function parseMetadataIndex(fields: Fields): NamedPlace {
  return { offset: fields.size(), length: fields.size(), name: fields.text() };
}

export function parseAttachmentIndex(fields: Fields): NamedPlace {
  const place = { offset: fields.size(), length: fields.size() };
  fields.u64();
  fields.u64();
  fields.size();
  return { ...place, name: fields.text() };
}

/** What is in an attachment; its checksum is checked. */
export function parseAttachment(record: Uint8Array): Uint8Array {
  if (record[0] !== Opcode.ATTACHMENT) throw damaged('no attachment where one should be');
  const fields = new Fields(record);
  fields.u64();
  fields.u64();
  fields.skipText();
  fields.skipText();
  const data = fields.data(fields.size());
  const end = fields.at;
  const crc = fields.u32();
  if (crc !== 0 && crc32(record.subarray(RECORD_HEADER, end)) !== crc)
    throw damaged('an attachment has a wrong checksum');
  return data;
}

export interface Message {
  readonly channelId: number;
  readonly sequence: number;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly data: Uint8Array;
}

/**
 * Goes through records that follow each other without a gap.
 * @throws InspectorError `damaged-file` at one that goes beyond the end, or that has no opcode
 */
export function* recordsIn(
  bytes: Uint8Array,
  from = 0,
): Generator<{ opcode: number; at: number; end: number }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = from; at < bytes.length;) {
    if (bytes.length - at < RECORD_HEADER)
      throw damaged(`${plural(bytes.length - at, 'byte')} after the last record`);
    const opcode = bytes[at];
    const length = view.getUint32(at + 1, true) + view.getUint32(at + 5, true) * 2 ** 32;
    const end = at + RECORD_HEADER + length;
    if (opcode === 0 || end > bytes.length) throw damaged('a record that goes beyond its chunk');
    yield { opcode, at: at + RECORD_HEADER, end };
    at = end;
  }
}
