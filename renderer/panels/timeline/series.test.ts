import { describe, expect, it } from 'vitest';
import { bucketAt, KINDS, peaksWithin, type Series, seriesOf, topOf, totalOf } from './series.ts';

const read = (frames: readonly number[], pages: readonly number[] = frames) => ({
  start: 0,
  end: frames.length * 10,
  buckets: frames.length,
  reply: {
    available: { startNs: 0, endNs: 1 },
    frames: Uint32Array.from(frames),
    // All of them anonymous.
    pages: Float64Array.from(pages.flatMap((count) => [0, 0, count, 0, 0, 0])),
    max: Uint32Array.from(pages),
  },
});

describe('the series of the timeline', () => {
  it('is the mean of a frame, with the largest frame beside it', () => {
    const series = seriesOf(read([2, 4], [10, 2]));
    expect(series.mean[2]).toBe(5);
    expect(series.mean[KINDS + 2]).toBe(0.5);
    expect(totalOf(series, 0)).toBe(5);
    expect([...series.peak]).toEqual([10, 2]);
  });

  it('shows between two frames what the later one has', () => {
    const series = seriesOf(read([1, 0, 0, 1, 0, 0, 1], [4, 0, 0, 6, 0, 0, 8]));
    expect(Array.from({ length: 7 }, (_, b) => totalOf(series, b))).toEqual([4, 6, 6, 6, 8, 8, 8]);
    expect([...series.known]).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  it('leaves a gap where nothing was sampled for longer than usual, and after the last frame', () => {
    const frames = [1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0];
    expect([...seriesOf(read(frames)).known].join('')).toBe('111000111110');
  });

  it('finds the bucket of a time', () => {
    const series = seriesOf(read([1, 1, 1]));
    expect([-1, 0, 9.9, 10, 29, 30, 31].map((time) => bucketAt(series, time))).toEqual([
      -1, 0, 0, 1, 2, 2, -1,
    ]);
  });

  it('is not flattened by a few frames far above all others', () => {
    const usual = Array.from({ length: 60 }, (_, i) => 80 + (i % 20));
    const ones = usual.map(() => 1);
    const top = (series: Series): number => topOf(peaksWithin(series, series.start, series.end));
    expect(top(seriesOf(read(ones, usual)))).toBe(99);
    expect(top(seriesOf(read([1, ...ones], [7000, ...usual])))).toBeLessThan(160);
    expect(top(seriesOf(read([1, ...ones], [300, ...usual])))).toBe(300);
    expect(top(seriesOf(read([0], [0])))).toBe(1);
  });

  it('is scaled to what is in view', () => {
    // A bucket is 10 ms wide.
    const series = seriesOf(read([1, 1, 0, 0, 0, 0, 0, 1, 1], [50, 8, 0, 0, 0, 0, 0, 20, 30]));
    expect([...peaksWithin(series, 0, 90)]).toEqual([50, 8, 20, 20, 20, 20, 30]);
    expect([...peaksWithin(series, 10, 20)]).toEqual([8]);
    expect(topOf(peaksWithin(series, 15, 80))).toBe(20);
    expect([...peaksWithin(series, 200, 300)]).toEqual([]);
  });
});
