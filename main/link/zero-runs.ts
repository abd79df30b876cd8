/**
 * Bytes most of which are 0, as bitmaps of few written pages, in a form that compresses to half of what they do themselves.
 * FORMAT: u32 length of the bytes, u32 number of runs, the runs, the values. A run is a u8: that many zeros with the next value
 * after them; 255 is 255 zeros without a value. Zeros at the end are left out.
 */
import { damagedStream } from './stream-errors.ts';

const HEADER_BYTES = 8;
const LONG_RUN = 255;
/** If more than one byte in this many is not 0, the form saves nothing. */
const MIN_BYTES_PER_VALUE = 6;

/** @returns the part with the runs and the part with the values; null if too few of the bytes are 0 */
export function packZeroRuns(bytes: Uint8Array): [runs: Uint8Array, values: Uint8Array] | null {
  const most = Math.floor(bytes.length / MIN_BYTES_PER_VALUE);
  const runs = new Uint8Array(most + Math.ceil(bytes.length / LONG_RUN));
  const values = new Uint8Array(most);
  let runCount = 0;
  let valueCount = 0;
  let zeros = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 0) {
      zeros++;
      continue;
    }
    if (valueCount === most) return null;
    for (; zeros >= LONG_RUN; zeros -= LONG_RUN) runs[runCount++] = LONG_RUN;
    runs[runCount++] = zeros;
    values[valueCount++] = byte;
    zeros = 0;
  }
  const head = new Uint8Array(HEADER_BYTES + runCount);
  const view = new DataView(head.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint32(4, runCount, true);
  head.set(runs.subarray(0, runCount), HEADER_BYTES);
  return [head, values.subarray(0, valueCount)];
}

/**
 * The bytes of both parts that `packZeroRuns` returned, one after the other.
 * @throws InspectorError `link-lost` if `packed` is anything else, or they are more than `maxBytes`
 */
export function unpackZeroRuns(packed: Uint8Array, maxBytes: number): Uint8Array {
  if (packed.length < HEADER_BYTES) throw damagedStream('runs that are cut off');
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const length = view.getUint32(0, true);
  const runCount = view.getUint32(4, true);
  if (length > maxBytes || HEADER_BYTES + runCount > packed.length) {
    throw damagedStream(`${runCount} runs in ${length} bytes`);
  }
  const bytes = new Uint8Array(length);
  let value = HEADER_BYTES + runCount;
  let at = 0;
  for (let i = HEADER_BYTES; i < HEADER_BYTES + runCount; i++) {
    const run = packed[i] ?? 0;
    at += run;
    if (run === LONG_RUN) continue;
    if (at >= length || value >= packed.length) throw damagedStream('runs beyond the end');
    bytes[at++] = packed[value++] ?? 0;
  }
  if (value !== packed.length) throw damagedStream('values without runs');
  return bytes;
}
