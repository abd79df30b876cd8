import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countByBucket, countRuns, subtractRuns, uniteAll, uniteRuns } from './run-sets.ts';

/** Sets of pages below 60, and as runs. */
const pages = fc.uniqueArray(fc.nat({ max: 59 }), { maxLength: 40 });
function runsOf(set: Iterable<number>): Float64Array {
  const result: number[] = [];
  for (const page of [...set].sort((a, b) => a - b)) {
    if (result.at(-1) === page) result[result.length - 1] = page + 1;
    else result.push(page, page + 1);
  }
  return Float64Array.from(result);
}
const union = (a: number[], b: number[]): Float64Array => runsOf(new Set([...a, ...b]));

describe('sets of pages as runs', () => {
  it('are united, subtracted and counted as sets are', () => {
    fc.assert(
      fc.property(pages, pages, pages, (a, b, c) => {
        expect(uniteRuns(runsOf(a), runsOf(b))).toEqual(union(a, b));
        expect(uniteAll([runsOf(a), runsOf(b), runsOf(c)])).toEqual(runsOf(new Set([...a, ...b, ...c])));
        expect(subtractRuns(runsOf(a), runsOf(b))).toEqual(runsOf(a.filter((page) => !b.includes(page))));
        expect(countRuns(runsOf(a))).toBe(a.length);
      }),
      { numRuns: 500 },
    );
  });

  it('are counted by buckets with any borders', () => {
    fc.assert(
      fc.property(pages, fc.uniqueArray(fc.nat({ max: 62 }), { maxLength: 12 }), (set, borders) => {
        const sorted = [...borders].sort((a, b) => a - b);
        const buckets = Float64Array.from(sorted.slice(0, sorted.length & ~1));
        const expected: [number, number][] = [];
        for (let i = 0; i < buckets.length; i += 2) {
          const inside = set.filter((page) => page >= buckets[i] && page < buckets[i + 1]).length;
          if (inside > 0) expected.push([i / 2, inside]);
        }
        const counted: [number, number][] = [];
        countByBucket(runsOf(set), buckets, (bucket, count) => counted.push([bucket, count]));
        expect(counted).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('are counted by buckets that touch each other', () => {
    const counted: [number, number][] = [];
    countByBucket(Float64Array.of(0, 10, 12, 13), Float64Array.of(0, 4, 4, 12, 12, 20), (...one) =>
      counted.push(one),
    );
    expect(counted).toEqual([
      [0, 4],
      [1, 6],
      [2, 1],
    ]);
  });
});
