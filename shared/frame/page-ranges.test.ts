import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testBit } from '../memory/bitmap.ts';
import { WORDS_PER_TILE } from '../memory/page.ts';
import { maskOfRanges, uniteRanges } from './page-ranges.ts';

const ranges = fc
  .uniqueArray(fc.integer({ min: 0, max: 1600 }), { maxLength: 12 })
  .map((cuts) => Float64Array.from(cuts.sort((a, b) => a - b).slice(0, cuts.length & ~1)));
const isIn = (pairs: Float64Array, page: number): boolean => {
  for (let i = 0; i < pairs.length; i += 2) if (page >= pairs[i] && page < pairs[i + 1]) return true;
  return false;
};

describe('ranges of pages', () => {
  it('are united to ascending ones that do not touch', () => {
    fc.assert(
      fc.property(ranges, ranges, (a, b) => {
        const both = uniteRanges(a, b);
        for (let i = 1; i < both.length; i++) expect(both[i]).toBeGreaterThan(both[i - 1]);
        for (let page = 0; page <= 1601; page++) {
          expect(isIn(both, page)).toBe(isIn(a, page) || isIn(b, page));
        }
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  it('are a mask of one tile', () => {
    fc.assert(
      fc.property(ranges, fc.integer({ min: 0, max: 3 }), (pairs, tile) => {
        const mask = new Uint32Array(WORDS_PER_TILE).fill(0xffffffff);
        maskOfRanges(pairs, tile * 512, mask);
        for (let page = 0; page < 512; page++)
          expect(testBit(mask, 0, page)).toBe(isIn(pairs, tile * 512 + page));
      }),
      { seed: 6, numRuns: 60 },
    );
  });
});
