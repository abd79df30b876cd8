/** Changes a recording and makes its checksums right again, so that what is behind them is reached. */
import { crc32 } from 'node:zlib';
import { compress, decompress } from '../zstd.ts';

const MAGIC = 8;
const HEADER = 9;
const CHUNK = 6;
const FOOTER = 2;
const ATTACHMENT = 9;

interface Part {
  readonly opcode: number;
  body: Uint8Array;
}

/** A recording in parts: each record's body, of a chunk its records unpacked, of an index part its content unpacked. */
export class Anatomy {
  readonly parts: Part[];
  private readonly head: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.head = bytes.slice(0, MAGIC);
    this.parts = [];
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = MAGIC; at < bytes.length - MAGIC;) {
      const end = at + HEADER + Number(view.getBigUint64(at + 1, true));
      this.parts.push({ opcode: bytes[at], body: bytes.slice(at + HEADER, end) });
      at = end;
    }
  }

  /** The file, each part's body changed by `change`, with what depends on it made right: sizes and checksums. */
  rebuilt(change: (opcode: number, content: Uint8Array, number: number) => Uint8Array): Uint8Array {
    const records: Uint8Array[] = [this.head];
    let length = MAGIC;
    let summaryAt = -1;
    this.parts.forEach(({ opcode, body }, number) => {
      let changed: Uint8Array;
      if (opcode === CHUNK) changed = withChunk(body, (content) => change(opcode, content, number));
      else if (opcode === ATTACHMENT) changed = withIndex(body, (content) => change(opcode, content, number));
      else if (opcode === FOOTER) changed = footer(Buffer.concat(records), summaryAt);
      else changed = change(opcode, body, number);
      const record = new Uint8Array(HEADER + changed.length);
      record[0] = opcode;
      new DataView(record.buffer).setBigUint64(1, BigInt(changed.length), true);
      record.set(changed, HEADER);
      records.push(record);
      length += record.length;
      if (opcode === 15) summaryAt = length;
    });
    records.push(this.head);
    return new Uint8Array(Buffer.concat(records));
  }
}

/** Two times, size, checksum, "zstd", size of the records, records. */
function withChunk(body: Uint8Array, change: (content: Uint8Array) => Uint8Array): Uint8Array {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const recordsAt = 16 + 8 + 4 + 4 + 4 + 8;
  const size = Number(view.getBigUint64(16, true));
  const content = change(decompress(body.subarray(recordsAt), size, size));
  const packed = compress(content);
  const result = new Uint8Array(recordsAt + packed.length);
  result.set(body.subarray(0, recordsAt));
  result.set(packed, recordsAt);
  const out = new DataView(result.buffer);
  out.setBigUint64(16, BigInt(content.length), true);
  out.setUint32(24, crc32(content), true);
  out.setBigUint64(recordsAt - 8, BigInt(packed.length), true);
  return result;
}

/** Two times, name, media type, size, data (u32 size, zstd), checksum. */
function withIndex(body: Uint8Array, change: (content: Uint8Array) => Uint8Array): Uint8Array {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  let at = 16;
  at += 4 + view.getUint32(at, true);
  at += 4 + view.getUint32(at, true);
  const size = view.getUint32(at + 8, true);
  const content = change(decompress(body.subarray(at + 12, body.length - 4), size, size));
  const packed = compress(content);
  const result = new Uint8Array(at + 12 + packed.length + 4);
  result.set(body.subarray(0, at));
  result.set(packed, at + 12);
  const out = new DataView(result.buffer);
  out.setBigUint64(at, BigInt(packed.length + 4), true);
  out.setUint32(at + 8, content.length, true);
  out.setUint32(result.length - 4, crc32(result.subarray(0, result.length - 4)), true);
  return result;
}

function footer(before: Uint8Array, summaryAt: number): Uint8Array {
  const record = new Uint8Array(HEADER + 20);
  record[0] = FOOTER;
  const view = new DataView(record.buffer);
  view.setBigUint64(1, 20n, true);
  view.setBigUint64(9, BigInt(summaryAt), true);
  const covered = Buffer.concat([before.subarray(summaryAt), record.subarray(0, 25)]);
  view.setUint32(25, crc32(covered), true);
  return record.slice(HEADER);
}
