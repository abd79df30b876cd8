import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameIndex } from './frame-index.ts';
import { KINDS } from './kind-counts.ts';

interface Row {
  time: number;
  counts: number[];
  chunk: number;
}

const count = fc.oneof(fc.constant(0), fc.nat(9), fc.nat(70_000), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const row = fc.record({
  step: fc.nat(5),
  counts: fc.array(count, { minLength: KINDS, maxLength: KINDS }),
  chunk: fc.nat(3),
});
const action = fc.oneof(
  fc.record({ kind: fc.constant('push' as const), row }),
  fc.record({ kind: fc.constant('append' as const), rows: fc.array(row, { minLength: 0, maxLength: 300 }) }),
  fc.record({ kind: fc.constant('drop' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ kind: fc.constant('truncate' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
);

/** As an index part has it: nothing if all are 0, else the width that the largest needs. */
function columnOf(counts: readonly number[]): Uint8Array | Uint16Array | Uint32Array | null {
  const largest = Math.max(0, ...counts);
  if (largest === 0) return null;
  if (largest < 2 ** 8) return Uint8Array.from(counts);
  return largest < 2 ** 16 ? Uint16Array.from(counts) : Uint32Array.from(counts);
}

/** A simple model of the index. */
class Plain {
  rows: Row[] = [];

  next({ step, counts, chunk }: { step: number; counts: number[]; chunk: number }): Row {
    const last = this.rows.at(-1) ?? { time: 0, chunk: 0 };
    const added = { time: last.time + step, counts, chunk: last.chunk + chunk };
    this.rows.push(added);
    return added;
  }

  firstOfChunk(chunk: number): number {
    const found = this.rows.findIndex((one) => one.chunk >= chunk);
    return found < 0 ? this.rows.length : found;
  }
}

describe('FrameIndex', () => {
  it('answers as a list of rows does, for any additions, drops and cuts', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 12 }), (actions) => {
        const index = new FrameIndex();
        const plain = new Plain();
        for (const one of actions) {
          if (one.kind === 'push') {
            const { time, counts, chunk } = plain.next(one.row);
            index.push(time, counts, chunk);
          } else if (one.kind === 'append') {
            const rows = one.rows.map((each) => plain.next(each));
            index.append({
              times: Float64Array.from(rows, ({ time }) => time),
              counts: Array.from({ length: KINDS }, (_, k) => columnOf(rows.map(({ counts }) => counts[k]))),
              runs: {
                chunks: Uint32Array.from(rows, ({ chunk }) => chunk),
                firsts: Uint32Array.from(rows, (_, i) => i),
              },
            });
          } else {
            const frames = Math.floor(plain.rows.length * one.share);
            if (one.kind === 'drop') {
              index.drop(frames);
              plain.rows.splice(0, frames);
            } else {
              index.truncate(frames);
              plain.rows.length = frames;
            }
          }
        }
        const { rows } = plain;
        expect(index.frames).toBe(rows.length);
        rows.forEach(({ time, counts, chunk }, frame) => {
          expect([index.times[frame], index.chunkOf(frame)]).toEqual([time, chunk]);
          expect(index.countsOf(frame)).toEqual(counts);
        });
        const from = rows.length >> 1;
        for (let k = 0; k < KINDS; k++)
          expect(Array.from(index.countsOfKind(k, from, rows.length))).toEqual(
            rows.slice(from).map(({ counts }) => counts[k]),
          );
        const last = (rows.at(-1)?.chunk ?? 0) + 1;
        for (let chunk = rows.at(0)?.chunk ?? 0; chunk <= last; chunk++)
          expect(index.firstOfChunk(chunk)).toBe(plain.firstOfChunk(chunk));
        const { pages, frames } = index.timeline(index.startNs, index.endNs + 1, 1);
        expect(frames[0]).toBe(rows.length);
        expect(Array.from(pages)).toEqual(
          Array.from({ length: KINDS }, (_, k) => rows.reduce((sum, { counts }) => sum + counts[k], 0)),
        );
      }),
      { seed: 6, numRuns: 200 },
    );
  });
});
