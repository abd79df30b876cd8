import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import { FrameStore } from '../../data/frame-store.ts';
import { Levels, TOP_LEVEL, tilesPerNode } from './levels.ts';
import { GROUP_WORDS } from './packed-row.ts';
import { frameOf, vmaOf } from '../../testing/memory.ts';

const vmas = [vmaOf(0, 2 ** 24)];
const page = fc.oneof(fc.integer({ min: 0, max: 2 ** 24 - 1 }), fc.integer({ min: 0, max: 20_000 }));

describe('levels of detail', () => {
  it('are the OR of the tiles below with the latest time, after any frames', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(page, { maxLength: 12 }), { minLength: 1, maxLength: 4 }),
        (frames) => {
          const store = new FrameStore();
          const levels = new Levels(store);
          store.listen(levels);
          frames.forEach((written, sequence) => {
            store.apply(frameOf(vmas, written, { sequence, time: 1000 + sequence }), 0);
            for (let level = 1; level <= TOP_LEVEL; level++) {
              const size = tilesPerNode(level) * PAGES_PER_TILE;
              for (const some of written) {
                const index = Math.floor(some / size);
                const node = levels.node(level, index);
                const below = written.filter((other) => Math.floor(other / size) === index);
                expect(node).not.toBeNull();
                for (let column = 0; column < PAGES_PER_TILE; column++) {
                  const here = below.filter((other) => other % PAGES_PER_TILE === column);
                  const bit = ((node?.planes[(column >>> 5) * GROUP_WORDS] ?? 0) >>> (column & 31)) & 1;
                  if (bit !== (here.length > 0 ? 1 : 0)) expect([level, column, bit]).toEqual(here);
                  const timeOf = (other: number): number =>
                    store.table.times(store.table.find(tileOfPage(other)))?.[other % PAGES_PER_TILE] ?? 0;
                  const ages = here.map((other) => 2000 - (timeOf(other) - 1));
                  const time = node?.times?.[column] ?? 0;
                  if (ages.length > 0) expect(2000 - (time - 1)).toBe(Math.min(...ages));
                }
              }
            }
          });
        },
      ),
      { numRuns: 20 },
    );
  });

  it('have nothing if nothing is known', () => {
    const store = new FrameStore();
    const levels = new Levels(store);
    store.listen(levels);
    store.apply(frameOf(vmas, [0]), 0);
    expect(levels.node(TOP_LEVEL, 0)?.planes[0]).toBe(1);
    expect(levels.node(1, 5)).toBeNull();
    expect(levels.node(0, 5)).toBeNull();
  });
});
