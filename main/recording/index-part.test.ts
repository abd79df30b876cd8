/** The index as bytes: what is written is read, within the bytes that the writer counts on, and nothing else is accepted. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomBelow, randomWords } from '#shared/testing/random.ts';
import { FrameIndex } from './frame-index.ts';
import { IndexReader, indexAttachments, maxIndexBytes } from './index-attachment.ts';
import { KINDS } from './kind-counts.ts';
import { ColumnReader, encodeColumn } from './number-column.ts';
import { compress, decompress, loadZstd } from './zstd.ts';

const NO_NOTES = { operations: [], marks: [], processEvents: [] };
/** u32 each: version, part, frames, chunks, notes, runs. */
const HEADER_BYTES = 24;

beforeAll(() => loadZstd());

interface Row {
  readonly time: number;
  readonly counts: readonly number[];
  readonly chunk: number;
}

function indexOf(rows: readonly Row[]): FrameIndex {
  const index = new FrameIndex();
  for (const { time, counts, chunk } of rows) index.push(time, counts, chunk);
  return index;
}

function rowsOf(index: FrameIndex): Row[] {
  return Array.from({ length: index.frames }, (_, frame) => ({
    ...{ time: index.times[frame], counts: index.countsOf(frame), chunk: index.chunkOf(frame) },
  }));
}

function read(parts: readonly { data: Uint8Array }[], chunks: number): FrameIndex {
  const reader = new IndexReader(chunks);
  parts.forEach(({ data }, i) => reader.add(data, parts.length - 1 - i));
  return reader.index;
}

function unpacked(data: Uint8Array): Uint8Array {
  const size = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  return new Uint8Array(decompress(data.subarray(4), size, size));
}

function packed(part: Uint8Array): Uint8Array {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(part.length);
  return new Uint8Array(Buffer.concat([size, compress(part)]));
}

const step = fc.oneof(fc.nat(9), fc.nat(70_000), fc.integer({ min: 0, max: 2 ** 33 }), fc.nat(2 ** 46));
const count = fc.oneof(fc.constant(0), fc.nat(300), fc.nat(70_000), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const rows = fc
  .array(
    fc.record({
      step,
      counts: fc.array(count, { minLength: KINDS, maxLength: KINDS }),
      chunk: fc.oneof(fc.constant(0), fc.nat(2), fc.nat(300)),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    let [time, chunk] = [0, 0];
    return steps.map((one): Row => {
      time += one.step;
      chunk += one.chunk;
      return { time, counts: one.counts, chunk };
    });
  });

describe('a part of the index', () => {
  it('has what was written, in no more bytes than a recording keeps free for it', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const index = indexOf(given);
        const chunks = (given.at(-1)?.chunk ?? 0) + 1;
        const parts = indexAttachments(index, chunks, NO_NOTES);
        expect(rowsOf(read(parts, chunks))).toEqual(given);
        const notes = JSON.stringify(NO_NOTES).length;
        const bytes = parts.reduce((sum, { data }) => sum + unpacked(data).length, 0);
        expect(bytes - notes).toBeLessThanOrEqual(maxIndexBytes(given.length, chunks));
      }),
      { seed: 9, numRuns: 400 },
    );
  });

  it('continues where the one before ended, within a chunk too', () => {
    const words = randomWords(4);
    const random = randomBelow(5);
    const given: Row[] = [];
    for (let i = 0, time = 0; i < 2 ** 17 + 3000; i++) {
      time += random(2 ** 34);
      given.push({ time, counts: Array.from({ length: KINDS }, () => words()), chunk: Math.floor(i / 7) });
    }
    const chunks = Math.ceil(given.length / 7);
    const parts = indexAttachments(indexOf(given), chunks, NO_NOTES);
    expect(parts).toHaveLength(2);
    expect(rowsOf(read(parts, chunks))).toEqual(given);
    // Numbers by chance do not compress: the bound holds for what is in the file.
    const bytes = parts.reduce((sum, { data }) => sum + data.length, 0);
    expect(bytes).toBeLessThanOrEqual(maxIndexBytes(given.length, chunks) * 1.01);
    expect(() => read([parts[1], parts[0]], chunks)).toThrow('an index of another file');
  }, 60_000);

  it('is refused if a column, a run or the notes cannot be', () => {
    const given = Array.from({ length: 40 }, (_, i) => ({
      time: i * 1000,
      counts: [i, 0, 0, 0, 0, 0],
      chunk: i >> 3,
    }));
    const [{ data }] = indexAttachments(indexOf(given), 5, NO_NOTES);
    const whole = unpacked(data);
    const changed = (change: (part: Buffer) => Uint8Array | undefined): void => {
      const part = Buffer.from(whole);
      new IndexReader(5).add(packed(change(part) ?? part), 0);
    };
    expect(() => changed(() => undefined)).not.toThrow();
    const times = HEADER_BYTES;
    const timesBytes = 1 + 40 * 2;
    const counts = times + timesBytes;
    // Heap has a byte per frame, the five other kinds nothing but their width.
    const chunkSteps = counts + 1 + 40 + 5;
    const lengths = chunkSteps + 1 + 5;
    const cases: [string, (part: Buffer) => Uint8Array | undefined][] = [
      ['an unknown width', (part) => void (part[times] = 3)],
      ['wider than there are bytes', (part) => void (part[times] = 8)],
      ['frames without columns', (part) => void part.writeUInt32LE(2 ** 17, 8)],
      ['more frames than a part may have', (part) => void part.writeUInt32LE(2 ** 31, 8)],
      ['more runs than frames', (part) => void part.writeUInt32LE(2 ** 31, 20)],
      ['fewer runs', (part) => void part.writeUInt32LE(4, 20)],
      ['a chunk that is not there', (part) => void (part[chunkSteps + 1] = 1)],
      ['a run of no frame', (part) => void (part[lengths + 1] = 0)],
      ['runs of more frames', (part) => void (part[lengths + 1] = 9)],
      ['longer notes', (part) => void part.writeUInt32LE(part.readUInt32LE(16) + 1, 16)],
      ['other chunks', (part) => void part.writeUInt32LE(6, 12)],
      ['a later version', (part) => void part.writeUInt32LE(3, 0)],
      ['a cut header', (part) => part.subarray(0, HEADER_BYTES - 1)],
      ['nothing', (part) => part.subarray(0, 0)],
      [
        'times beyond 2^53',
        (part) =>
          Buffer.concat([
            part.subarray(0, times),
            Buffer.from([8]),
            Buffer.alloc(40 * 8, 0x7f),
            part.subarray(counts),
          ]),
      ],
      [
        'counts of eight bytes',
        (part) =>
          Buffer.concat([
            part.subarray(0, counts),
            Buffer.from([8]),
            Buffer.alloc(40 * 8),
            part.subarray(counts + 41),
          ]),
      ],
    ];
    for (const [name, change] of cases) expect(() => changed(change), name).toThrow('damaged');
    const reader = new IndexReader(5);
    reader.add(data, 1);
    const second = Buffer.from(whole);
    second.writeUInt32LE(1, 4);
    expect(() => reader.add(packed(second), 0), 'notes in another part than the first').toThrow('length');
  });
});

describe('a column of numbers', () => {
  it('takes as many bytes each as the largest needs', () => {
    const sizes = [0, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER].map(
      (largest) => encodeColumn([largest, 0]).length,
    );
    expect(sizes).toEqual([1, 3, 5, 5, 9, 9, 17, 17]);
    for (const values of [[7, 0, 255], [65_535], [2 ** 31, 5], [Number.MAX_SAFE_INTEGER, 1]]) {
      const reader = new ColumnReader(encodeColumn(values), 0);
      expect(Array.from(reader.next(values.length) ?? [])).toEqual(values);
      expect(reader.left).toBe(0);
    }
  });
});
