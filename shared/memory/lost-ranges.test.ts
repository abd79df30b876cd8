import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lostRanges } from './lost-ranges.ts';

const ranges = fc
  .uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 12 })
  .map((cuts) => cuts.sort((a, b) => a - b))
  .map((cuts) =>
    cuts.flatMap((start, i) =>
      i % 2 === 0 && i + 1 < cuts.length ? [{ start, end: cuts[i + 1] ?? 0 }] : [],
    ),
  );

const covers = (list: readonly { start: number; end: number }[], page: number): boolean =>
  list.some(({ start, end }) => page >= start && page < end);

describe('lostRanges', () => {
  it('is what the first list covers and the second does not', () => {
    fc.assert(
      fc.property(ranges, ranges, (before, after) => {
        const lost = lostRanges(before, after);
        for (let page = 0; page < 61; page++) {
          expect(covers(lost, page)).toBe(covers(before, page) && !covers(after, page));
        }
        for (const { start, end } of lost) expect(start).toBeLessThan(end);
      }),
    );
  });
});
