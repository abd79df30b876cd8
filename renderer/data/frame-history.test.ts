import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameHistory } from './frame-history.ts';

const tiles = (count: number): Map<number, Uint32Array> =>
  new Map(Array.from({ length: count }, (_, i) => [i, new Uint32Array(16)]));
const times = (history: FrameHistory): number[] => history.entries.map(({ time }) => time);

describe('the history of frames', () => {
  it('drops the oldest beyond its limit', () => {
    const history = new FrameHistory(3);
    for (let i = 0; i < 5; i++) history.push(i, i * 10, tiles(1));
    expect(times(history)).toEqual([20, 30, 40]);
  });

  it('drops the oldest beyond its bytes, never the latest', () => {
    const history = new FrameHistory();
    for (let i = 0; i < 30; i++) history.push(i, i, tiles(20_000));
    expect(history.entries.length).toBeLessThan(15);
    expect(history.entries.at(-1)?.time).toBe(29);
  });

  it('puts a frame of an earlier time where it belongs, in place of that of the same time', () => {
    const history = new FrameHistory();
    for (const time of [10, 20, 30]) history.push(time, time, tiles(0));
    history.push(4, 20, tiles(1));
    history.push(5, 15, tiles(0));
    expect(times(history)).toEqual([10, 15, 20, 30]);
    expect(history.entries[2]?.sequence).toBe(4);
  });

  it('wound back at its limit it keeps what is around the present, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1 }), (pushed) => {
        const history = new FrameHistory(20);
        pushed.forEach((time, i) => history.push(i, time, tiles(0)));
        const kept = times(history);
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
        expect(kept).toContain(pushed.at(-1));
        expect(kept.length).toBe(Math.min(kept.length, 20));
        kept.forEach((time, i) => expect(history.indexAt(time)).toBe(i));
        expect(history.indexAt(-1)).toBe(-1);
      }),
      { seed: 6, numRuns: 200 },
    );
  });
});
