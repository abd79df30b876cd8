import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lostRanges } from './lost-ranges.ts';

/** Ascending ranges that do not overlap; some touch, as VMAs do. */
const ranges = fc
  .uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 12 })
  .map((cuts) => cuts.sort((a, b) => a - b))
  .chain((cuts) =>
    fc
      .array(fc.boolean(), { minLength: cuts.length, maxLength: cuts.length })
      .map((mapped) =>
        cuts.flatMap((start, i) =>
          mapped[i] && i + 1 < cuts.length ? [{ start, end: cuts[i + 1] ?? 0 }] : [],
        ),
      ),
  );

const covers = (list: readonly { start: number; end: number }[], page: number): boolean =>
  list.some(({ start, end }) => page >= start && page < end);

describe('lostRanges', () => {
  it('is what the first list covers and the second does not, in ranges apart from each other', () => {
    fc.assert(
      fc.property(ranges, ranges, (before, after) => {
        const lost = lostRanges(before, after);
        for (let page = 0; page < 61; page++) {
          expect(covers(lost, page)).toBe(covers(before, page) && !covers(after, page));
        }
        lost.forEach(({ start, end }, i) => {
          expect(start).toBeLessThan(end);
          if (i > 0) expect(start).toBeGreaterThan(lost[i - 1]?.end ?? NaN);
        });
      }),
    );
  });

  it('joins neighbouring VMAs that were unmapped', () => {
    const before = [
      { start: 1, end: 3 },
      { start: 3, end: 7 },
      { start: 9, end: 10 },
    ];
    expect(lostRanges(before, [{ start: 5, end: 6 }])).toEqual([
      { start: 1, end: 5 },
      { start: 6, end: 7 },
      { start: 9, end: 10 },
    ]);
  });
});
