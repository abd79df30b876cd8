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

  it('are those made from scratch, even if times become earlier, whichever nodes were read between', () => {
    const near = fc.integer({ min: 0, max: 9999 });
    const some = fc.uniqueArray(near, { maxLength: 8 });
    const step = fc.record({
      written: some,
      gone: some,
      /** Later, or back in a recording. */
      passed: fc.integer({ min: -400, max: 900 }),
      /** Memory that is mapped until the next frame. */
      mapped: fc.constantFrom(10_000, 10_000, 10_000, 5000),
      colour: fc.constantFrom(null, null, 'on', 'off'),
      read: fc.array(fc.tuple(fc.integer({ min: 1, max: 2 }), fc.nat(3)), { maxLength: 6 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 8 }), (steps) => {
        const store = new FrameStore();
        const levels = new Levels(store);
        store.listen(levels);
        store.rewinds = true;
        let time = 1000;
        steps.forEach(({ written, gone, passed, mapped, colour, read }, sequence) => {
          time = Math.max(0, time + passed);
          const runs = gone
            .filter((each) => !written.includes(each))
            .map((each) => [each, each + 1] as const);
          const frame = frameOf([vmaOf(0, mapped)], written, { sequence, time, gone: runs });
          store.apply({ ...frame, mode: 'interval' }, 0);
          if (colour === 'on') {
            const times = new Uint32Array(PAGES_PER_TILE).fill(sequence + 1);
            store.colour({ now: 9, scale: null as never, times: (tile) => (tile % 3 === 0 ? times : null) });
          } else if (colour === 'off') {
            store.colour(null);
          }
          const scratch = new Levels(store);
          scratch.applied(store.table.tiles.map((_, slot) => slot));
          for (const [level, index] of read) {
            const [node, expected] = [levels.node(level, index), scratch.node(level, index)];
            const none = new Uint32Array(PAGES_PER_TILE);
            for (const [words, right] of [
              [node?.planes ?? none, expected?.planes ?? none],
              [node?.times ?? none, expected?.times ?? none],
            ] as const) {
              // Expecting thousands of rows takes longer than making them.
              if (right.some((word, i) => word !== words[i])) expect(words).toEqual(right);
            }
          }
        });
      }),
      { seed: 20_261_129, numRuns: 300 },
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
