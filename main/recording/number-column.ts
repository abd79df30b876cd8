/** Whole numbers as a part of a recording's index has them: all of a column in as many bytes each as the largest needs. */
import { damaged } from './bytes.ts';

/** Bytes of a number: 0 if all are 0, else a little-endian unsigned integer. */
const WIDTHS = [0, 1, 2, 4, 8] as const;
/** Bytes of the largest number and of the width itself. */
export const MAX_WIDTH = 8;
const TWO_32 = 2 ** 32;

/** Null: all are 0. */
export type NumberColumn = Uint8Array | Uint16Array | Uint32Array | Float64Array | null;

/** The width in one byte, then the numbers. @param values below 2^53 */
export function encodeColumn(values: ArrayLike<number>): Uint8Array {
  let largest = 0;
  for (let i = 0; i < values.length; i++) if (values[i] > largest) largest = values[i];
  const width = WIDTHS.find((bytes) => largest < 256 ** bytes) ?? MAX_WIDTH;
  const result = new Uint8Array(1 + values.length * width);
  result[0] = width;
  const view = new DataView(result.buffer, 1);
  for (let i = 0; i < values.length; i++) {
    if (width === 1) view.setUint8(i, values[i]);
    else if (width === 2) view.setUint16(i * 2, values[i], true);
    else if (width >= 4) view.setUint32(i * width, values[i] % TWO_32, true);
    if (width === 8) view.setUint32(i * 8 + 4, Math.floor(values[i] / TWO_32), true);
  }
  return result;
}

/** Reads columns one after another from any bytes; never beyond their end. */
export class ColumnReader {
  private readonly bytes: Uint8Array;
  private at: number;

  /** @param at where the first column begins */
  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Bytes after the columns that were read. */
  get left(): number {
    return this.bytes.length - this.at;
  }

  /** The next column, of `count` numbers. @throws InspectorError `damaged-file` if it is not there as a whole */
  next(count: number): NumberColumn {
    const width = this.left > 0 ? this.bytes[this.at] : -1;
    if (!WIDTHS.some((known) => known === width)) throw damaged('an index column of an unknown width');
    if (count * width > this.left - 1) throw damaged('an index that ends too early');
    const start = this.at + 1;
    this.at = start + count * width;
    if (width === 0) return null;
    // Copied, since the numbers begin at any byte; the processors that this program runs on are little-endian too.
    const { buffer } = new Uint8Array(this.bytes.subarray(start, this.at));
    if (width === 1) return new Uint8Array(buffer);
    if (width === 2) return new Uint16Array(buffer);
    const halves = new Uint32Array(buffer);
    return width === 4 ? halves : joinHalves(halves);
  }
}

function joinHalves(halves: Uint32Array): Float64Array {
  const result = new Float64Array(halves.length / 2);
  for (let i = 0; i < result.length; i++) result[i] = halves[2 * i] + halves[2 * i + 1] * TWO_32;
  return result;
}
