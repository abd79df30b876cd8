import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setBits } from '#shared/memory/bitmap.ts';
import { countBetween } from './written-sets.ts';

describe('pages of a tile between two places', () => {
  it('are as many as counted one by one', () => {
    const pages = fc.uniqueArray(fc.nat(511), { maxLength: 80 });
    fc.assert(
      fc.property(pages, fc.nat(512), fc.nat(512), (list, one, other) => {
        const words = new Uint32Array(16);
        for (const page of list) setBits(words, 0, page, page + 1);
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const slow = list.filter((page) => page >= from && page < to).length;
        expect(countBetween(words, from, to)).toBe(slow);
      }),
      { seed: 6, numRuns: 300 },
    );
  });
});
