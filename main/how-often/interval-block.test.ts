import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { IntervalBlock } from './interval-block.ts';
import { BLOCK_INTERVALS, OpenIntervals } from './open-intervals.ts';

/** The written pages of each interval; `every` makes tiles dense. */
const interval = fc.record({
  pages: fc.array(fc.nat(5 * PAGES_PER_TILE - 1), { maxLength: 20 }),
  every: fc.constantFrom(0, 1, 3),
});

describe('a block of intervals', () => {
  it('has a word for each page that was written, for few and for many writes, and again after another block', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(interval, { maxLength: BLOCK_INTERVALS }), { minLength: 1, maxLength: 3 }),
        (blocks) => {
          const open = new OpenIntervals();
          for (const intervals of blocks) {
            open.clear();
            const model = new Map<number, number>();
            intervals.forEach(({ pages, every }, time) => {
              const tiles = new TileSet();
              const write = (page: number): void => {
                tiles.setRun(Plane.Written, page, page + 1);
                model.set(page, (model.get(page) ?? 0) | (1 << time));
              };
              pages.forEach(write);
              for (let page = 0; every > 0 && page < PAGES_PER_TILE; page += every) write(page);
              open.add(tiles);
            });
            const block = new IntervalBlock(open);
            for (let tile = 0; tile < 5; tile++) {
              const words = new Uint32Array(PAGES_PER_TILE);
              block.read(tile, words, 0, 1);
              const expected = Array.from(
                { length: PAGES_PER_TILE },
                (_, i) => (model.get(tile * PAGES_PER_TILE + i) ?? 0) >>> 0,
              );
              expect([...words]).toEqual(expected);
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
