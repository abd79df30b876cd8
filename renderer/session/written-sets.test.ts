import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setBits } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { countWithin } from './written-sets.ts';

describe('pages of a frame within a range', () => {
  it('are as many as counted one by one', () => {
    const pages = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 80 });
    fc.assert(
      fc.property(pages, fc.nat(3000), fc.nat(6000), (list, start, length) => {
        const tiles = new Map<number, Uint32Array>();
        for (const page of list) {
          const tile = Math.floor(page / PAGES_PER_TILE);
          const words = tiles.get(tile) ?? new Uint32Array(16);
          setBits(words, 0, page % PAGES_PER_TILE, (page % PAGES_PER_TILE) + 1);
          tiles.set(tile, words);
        }
        const end = start + length;
        const slow = new Set(list.filter((page) => page >= start && page < end)).size;
        expect(countWithin(tiles, { start, end })).toBe(slow);
      }),
      { seed: 6, numRuns: 300 },
    );
  });
});
