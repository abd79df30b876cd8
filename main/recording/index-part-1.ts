/** The frames of a part of the index, version 1, which files up to now have: 36 bytes per frame. It is read, never written. */
import { damaged } from './bytes.ts';
import type { FrameColumns, FrameIndex } from './frame-index.ts';
import { KINDS } from './kind-counts.ts';

/** A time, a count by kind, the chunk. */
const FRAME_BYTES = 8 + 4 * KINDS + 4;

/**
 * As `decodePart` of version 2.
 * @throws InspectorError `damaged-file`
 */
export function decodePart1(
  index: FrameIndex,
  part: Uint8Array,
  at: number,
  { frames, chunks }: { frames: number; chunks: number },
): { found: FrameColumns; left: number } {
  const left = part.length - at - frames * FRAME_BYTES;
  if (left < 0) throw damaged('an index that ends too early');
  const countsAt = at + frames * 8;
  const chunksAt = countsAt + frames * KINDS * 4;
  // Copied, since the numbers begin at any byte; the processors that this program runs on are little-endian too.
  const times = new Float64Array(copy(part, at, countsAt));
  const rows = new Uint32Array(copy(part, countsAt, chunksAt));
  const numbers = new Uint32Array(copy(part, chunksAt, chunksAt + frames * 4));
  const firsts = new Uint32Array(frames);
  let time = index.endNs;
  let chunk = index.frames > 0 ? index.chunkOf(index.frames - 1) : 0;
  for (let i = 0; i < frames; i++) {
    // A NaN fails too.
    if (!(times[i] >= time && times[i] <= Number.MAX_SAFE_INTEGER) || Math.floor(times[i]) !== times[i])
      throw damaged('an index with an impossible time');
    if (numbers[i] < chunk || numbers[i] >= chunks) throw damaged('an index out of order');
    time = times[i];
    chunk = numbers[i];
    firsts[i] = i;
  }
  const counts = Array.from({ length: KINDS }, (_, kind) => columnOf(rows, kind, frames));
  return { found: { times, counts, runs: { chunks: numbers, firsts } }, left };
}

/** What the decompressor returns may be a Buffer, whose `slice` copies nothing. */
function copy(bytes: Uint8Array, from: number, end: number): ArrayBuffer {
  return new Uint8Array(bytes.subarray(from, end)).buffer;
}

/** Every KINDS-th number from number `kind` on; null if all are 0. */
function columnOf(rows: Uint32Array, kind: number, frames: number): Uint32Array | Uint16Array | null {
  let largest = 0;
  for (let i = kind; i < rows.length; i += KINDS) if (rows[i] > largest) largest = rows[i];
  if (largest === 0) return null;
  const result = largest < 2 ** 16 ? new Uint16Array(frames) : new Uint32Array(frames);
  for (let i = 0, from = kind; i < frames; i++, from += KINDS) result[i] = rows[from];
  return result;
}
