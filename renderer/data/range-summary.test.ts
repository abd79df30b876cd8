import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { sumRange } from './range-summary.ts';

const vmaOf = (start: number, end: number): Vma => ({
  ...{ start, end, read: true, write: true, exec: false, kind: 'anon-private', name: '', pgoff: 0 },
  ...{ softDirty: false, flags: '', tracked: true },
});

describe('what a range of pages holds', () => {
  it('is what its pages hold, one by one', () => {
    const page = fc.integer({ min: 0, max: 4 * 512 });
    const runs = fc.array(fc.tuple(page, fc.integer({ min: 1, max: 300 })), { maxLength: 6 });
    const cuts = fc.uniqueArray(page, { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(runs, cuts, page, page, (written, edges, a, b) => {
        const tiles = new TileSet();
        const pages = new Set<number>();
        for (const [start, length] of written) {
          tiles.setRun(Plane.Written, start, start + length);
          for (let one = start; one < start + length; one++) pages.add(one);
        }
        const sorted = edges.sort((x, y) => x - y);
        const vmas = sorted.slice(1).map((end, i) => vmaOf(sorted[i] ?? 0, end));
        const range = { start: Math.min(a, b), end: Math.max(a, b) + 1 };
        const sums = sumRange({ vmas, tiles }, range);
        expect(sums.written).toBe([...pages].filter((one) => one >= range.start && one < range.end).length);
        expect(sums.vmas).toBe(
          vmas.filter(({ start, end }) => start < range.end && end > range.start).length,
        );
        expect(sums.present + sums.swapped).toBe(0);
      }),
    );
  });
});
