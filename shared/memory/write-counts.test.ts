import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify, countClasses, WriteCounts } from './write-counts.ts';

const every = (step: number, length: number, first = 0) =>
  Array.from({ length: Math.ceil((length - first) / step) }, (_, i) => first + i * step);

describe('WriteCounts', () => {
  it('counts as a list of all intervals does', () => {
    const interval = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(interval, { maxLength: 30 }),
        fc.integer({ min: 8, max: 16 }),
        (intervals, max) => {
          const counts = new WriteCounts(max);
          for (const pages of intervals)
            counts.add([...pages].sort((a, b) => a - b).map((page) => [page, page + 1] as const));
          const last = intervals.slice(-max);
          expect(counts.length).toBe(last.length);
          const expected = Array.from({ length: 20 }, (_, i) => i + 5)
            .map((page) => ({
              page,
              times: last.flatMap((pages, time) => (pages.includes(page) ? [time] : [])),
            }))
            .filter(({ times }) => times.length > 0)
            .map(({ page, times }) => ({ page, count: times.length, ...classify(times, last.length) }));
          expect(counts.pages({ start: 5, end: 25 })).toEqual(expected);
        },
      ),
    );
  });

  it('joins runs that reach beyond the range', () => {
    const counts = new WriteCounts(8);
    counts.add([[0, 100]]);
    counts.add([[50, 60]]);
    expect(counts.pages({ start: 49, end: 51 })).toEqual([
      { page: 49, count: 1, class: 'once', period: null },
      { page: 50, count: 2, class: 'every', period: null },
    ]);
  });
});

describe('classify', () => {
  it.each([
    [every(1, 64), 'every', null],
    [every(1, 64).slice(1), 'most', null],
    [every(2, 64), 'periodic', 2],
    [every(2, 64, 1), 'periodic', 2],
    [every(20, 64), 'periodic', 20],
    // An interval early or late.
    [[0, 19, 40, 60], 'periodic', 20],
    // A burst.
    [[10, 12, 14, 16], 'rare', null],
    [[0, 1, 2, 3], 'rare', null],
    [[63], 'once', null],
    [[0, 63], 'rare', null],
    [[0, 20, 50], 'rare', null],
  ] as const)('%j', (times, name, period) => {
    expect(classify(times, 64)).toEqual({ class: name, period });
  });

  it('counts by class and period', () => {
    const page = (name: 'every' | 'periodic', period: number | null) => ({
      ...{ page: 0, count: 1, class: name, period },
    });
    expect(
      countClasses([page('every', null), page('periodic', 3), page('periodic', 2), page('periodic', 3)]),
    ).toEqual({
      pages: { every: 1, most: 0, periodic: 3, rare: 0, once: 0 },
      periods: [
        [3, 2],
        [2, 1],
      ],
    });
  });
});
