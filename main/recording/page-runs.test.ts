import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ascending } from './page-runs.ts';

describe('the order of tiles', () => {
  it('ascends, and is null if they ascend already', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(200), { maxLength: 60 }), (indexes) => {
        const order = ascending(indexes);
        const sorted = [...indexes].sort((a, b) => a - b);
        expect(order === null ? indexes : [...order].map((i) => indexes[i])).toEqual(sorted);
        expect(order === null).toBe(indexes.every((tile, i) => tile === sorted[i]));
      }),
    );
  });
});
