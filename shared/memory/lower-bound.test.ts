import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lowerBound } from './lower-bound.ts';

it('finds the first index that is reached, as a linear search does', () => {
  const sorted = fc
    .array(fc.integer({ min: 0, max: 50 }), { maxLength: 40 })
    .map((list) => list.sort((a, b) => a - b));
  fc.assert(
    fc.property(sorted, fc.integer({ min: -1, max: 51 }), fc.nat(40), (list, wanted, skipped) => {
      const from = Math.min(skipped, list.length);
      const expected = list.findIndex((value, index) => index >= from && value >= wanted);
      const found = lowerBound(from, list.length, (index) => list[index] >= wanted);
      expect(found).toBe(expected < 0 ? list.length : expected);
    }),
    { seed: 5, numRuns: 300 },
  );
});
