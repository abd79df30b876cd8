import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { sumVmas } from './vma-summary.ts';

const bare = { read: true, write: true, exec: false, kind: 'anon-private', name: '', pgoff: 0 } as const;
const rest = { softDirty: false, flags: '', tracked: true };

describe('sums by VMA', () => {
  it('count exactly the pages of each VMA, for any position across tiles', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 0, max: 4 * 512 }), { minLength: 2, maxLength: 10 });
    const runs = fc.array(fc.tuple(fc.integer({ min: 0, max: 2040 }), fc.integer({ min: 1, max: 700 })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(cuts, runs, (some, written) => {
        const sorted = some.sort((a, b) => a - b);
        const vmas: Vma[] = sorted
          .slice(1)
          .map((end, i) => ({ ...bare, ...rest, start: sorted[i] ?? 0, end }));
        const tiles = new TileSet();
        const pages = new Set<number>();
        for (const [start, length] of written) {
          tiles.setRun(Plane.Written, start, start + length);
          for (let page = start; page < start + length; page++) pages.add(page);
        }
        const { written: sums } = sumVmas({ vmas, tiles });
        vmas.forEach(({ start, end }, i) => {
          expect(sums[i]).toBe([...pages].filter((page) => page >= start && page < end).length);
        });
      }),
    );
  });
});
