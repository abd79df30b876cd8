import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { RegionList } from '../region-list.ts';
import { Occupancy } from './occupancy.ts';

/** Ascending pages, of 30 tiles. */
const pages = fc.uniqueArray(fc.nat(30 * PAGES_PER_TILE - 2), { maxLength: 30 });

describe('tiles with pages', () => {
  it('are those of all regions that were added, beginning with any of a list', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(pages, fc.nat(5)), { maxLength: 8 }), (lists) => {
        const occupancy = new Occupancy();
        const model = new Set<number>();
        for (const [found, first] of lists) {
          const list = new RegionList(4);
          let end = 0;
          for (const page of [...found].sort((a, b) => a - b)) {
            if (page < end) continue;
            end = page + 2;
            // Categories differ, so that neighbours are not merged.
            list.push(page, end, 1 + (list.count % 2));
          }
          occupancy.add(list, first);
          for (let i = first; i < list.count; i++)
            for (const page of [list.start(i), list.end(i) - 1]) model.add(Math.floor(page / PAGES_PER_TILE));
        }
        expect(occupancy.tiles).toBe(model.size);
        const tiles = [...model].sort((a, b) => a - b);
        // A limit of n tiles ends before tile n of those that are known.
        tiles.forEach((tile, n) => {
          if (n === 0) return;
          const limit = occupancy.limit(0, Infinity, n);
          expect(limit).toBeLessThanOrEqual(tile * PAGES_PER_TILE);
          expect(limit).toBeGreaterThan(tiles[n - 1] * PAGES_PER_TILE);
        });
      }),
    );
  });
});
