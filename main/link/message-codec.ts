/**
 * Messages on a byte stream. FORMAT of each: u32 little-endian length of what follows, u8 kind, content. With the kind's
 * highest bit the content is a u32, its length when decompressed, and zstd frames; with the next one what was compressed is the
 * content as runs of zeros (zero-runs.ts).
 */
import { compress, decompress } from '../recording/zstd.ts';
import { damagedStream } from './stream-errors.ts';
import { packZeroRuns, unpackZeroRuns } from './zero-runs.ts';

/** What a message has in it: a value of the contract (value-codec.ts), or a frame's buffer (shared/frame/codec.ts). */
export const MessageKind = { Value: 0, Frame: 1 } as const;
export type MessageKind = (typeof MessageKind)[keyof typeof MessageKind];

export interface StreamMessage {
  readonly kind: MessageKind;
  readonly content: Uint8Array;
}

/** The longest message that is sent or accepted, packed or not. */
export const MAX_MESSAGE_BYTES = 64 * 2 ** 20;

const COMPRESSED = 0x80;
const ZERO_RUNS = 0x40;
const HEADER_BYTES = 5;
const LENGTH_BYTES = 4;
/** Smaller contents are not worth it. */
const MIN_COMPRESSED_BYTES = 256;

/**
 * @param packed whether to compress contents; `loadZstd` has resolved then
 * @returns the message's bytes in parts; null if it is longer than MAX_MESSAGE_BYTES
 */
export function encodeMessage(kind: MessageKind, parts: Uint8Array[], packed: boolean): Uint8Array[] | null {
  const length = lengthOf(parts);
  if (length + 1 > MAX_MESSAGE_BYTES) return null;
  if (!packed || length < MIN_COMPRESSED_BYTES) return [header(kind, length), ...parts];
  const whole = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  const runs = kind === MessageKind.Frame ? packZeroRuns(whole) : null;
  const pieces = runs ?? [whole];
  // Each in a zstd frame, so with its own code; decoders join them.
  const frames = pieces.map(compress);
  const packedLength = lengthOf(frames);
  if (packedLength + LENGTH_BYTES >= length) return [header(kind, length), ...parts];
  const size = new Uint8Array(LENGTH_BYTES);
  new DataView(size.buffer).setUint32(0, lengthOf(pieces), true);
  const flags = runs === null ? COMPRESSED : COMPRESSED | ZERO_RUNS;
  return [header(kind | flags, LENGTH_BYTES + packedLength), size, ...frames];
}

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0);

function header(kind: number, contentLength: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, contentLength + 1, true);
  view.setUint8(4, kind);
  return bytes;
}

/** Cuts a stream into messages. Holds no more than the current message, as far as it has arrived. */
export class MessageReader {
  private readonly maxBytes: number;
  private chunks: Uint8Array[] = [];
  private held = 0;

  /** @param maxBytes the longest message that this end accepts */
  constructor(maxBytes: number = MAX_MESSAGE_BYTES) {
    this.maxBytes = maxBytes;
  }

  /**
   * The messages that are complete with `chunk`.
   * @throws InspectorError `link-lost` if the stream is damaged; nothing more can be read from it
   */
  *push(chunk: Uint8Array): Generator<StreamMessage> {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.held += chunk.length;
    while (this.held >= HEADER_BYTES) {
      const first = this.head(HEADER_BYTES);
      const view = new DataView(first.buffer, first.byteOffset, first.byteLength);
      const length = view.getUint32(0, true);
      const kind = view.getUint8(4);
      if (length < 1 || length > this.maxBytes) throw damagedStream(`a message of ${length} bytes`);
      const whole = LENGTH_BYTES + length;
      if (this.held < whole) return;
      const message = this.head(whole).subarray(HEADER_BYTES, whole);
      this.drop(whole);
      yield this.decode(kind, message);
    }
  }

  private decode(kind: number, content: Uint8Array): StreamMessage {
    const plain = kind & ~(COMPRESSED | ZERO_RUNS);
    const flags = kind & (COMPRESSED | ZERO_RUNS);
    if ((plain !== MessageKind.Value && plain !== MessageKind.Frame) || flags === ZERO_RUNS) {
      throw damagedStream(`a message of kind ${kind}`);
    }
    if ((kind & COMPRESSED) === 0) return { kind: plain, content };
    if (content.length < LENGTH_BYTES) throw damagedStream('a compressed message that is cut off');
    const size = new DataView(content.buffer, content.byteOffset).getUint32(0, true);
    try {
      const unpacked = decompress(content.subarray(LENGTH_BYTES), size, this.maxBytes);
      return {
        kind: plain,
        content: (kind & ZERO_RUNS) === 0 ? unpacked : unpackZeroRuns(unpacked, this.maxBytes),
      };
    } catch {
      throw damagedStream('a message that cannot be decompressed');
    }
  }

  /** The first chunk, which has at least `length` bytes; `held` has as many. */
  private head(length: number): Uint8Array {
    const [first] = this.chunks;
    if (first && first.length >= length) return first;
    const joined = Buffer.concat(this.chunks);
    this.chunks = [joined];
    return joined;
  }

  private drop(length: number): void {
    const [first] = this.chunks;
    if (!first) return;
    if (first.length === length) this.chunks.shift();
    else this.chunks[0] = first.subarray(length);
    this.held -= length;
  }
}
