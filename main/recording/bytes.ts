import { InspectorError } from '#shared/contract/errors.ts';

/** 2^53 takes eight groups of seven bits. */
const LONGEST = 8;

/** Bytes that grow; keeps its memory from one use to the next. */
export class ByteWriter {
  private buffer = new Uint8Array(4096);
  length = 0;

  byte(value: number): void {
    if (this.length === this.buffer.length) this.grow(1);
    this.buffer[this.length++] = value;
  }

  /** A whole number from 0 to 2^53 - 1: seven bits per byte, low ones first, the top bit set if more follow. */
  varint(value: number): void {
    if (this.length + LONGEST > this.buffer.length) this.grow(LONGEST);
    const { buffer } = this;
    let rest = value;
    // Bit operations work on 32 bits.
    while (rest > 0x7fffffff) {
      buffer[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      buffer[this.length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    buffer[this.length++] = rest;
  }

  append(other: ByteWriter): void {
    if (this.length + other.length > this.buffer.length) this.grow(other.length);
    this.buffer.set(other.buffer.subarray(0, other.length), this.length);
    this.length += other.length;
  }

  clear(): void {
    this.length = 0;
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    const result = this.buffer.slice(0, this.length);
    this.length = 0;
    return result;
  }

  private grow(more: number): void {
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + more));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}

/** Reads the output of ByteWriter, or any bytes; never beyond their end. */
export class ByteReader {
  private readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  byte(): number {
    if (this.at >= this.bytes.length) throw damaged('it ends too early');
    return this.bytes[this.at++];
  }

  varint(): number {
    const { bytes } = this;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < LONGEST; i++) {
      if (this.at >= bytes.length) throw damaged('it ends too early');
      const byte = bytes[this.at++];
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) throw damaged(`a number of ${value}`);
        return value;
      }
      scale *= 128;
    }
    throw damaged('a number without an end');
  }
}

/** The error for content that this program never writes. */
export function damaged(what: string): InspectorError {
  return new InspectorError(
    'damaged-file',
    `The recording is damaged: ${what}.`,
    'Recover the readable frames with: soft-dirty recover FILE.',
  );
}
