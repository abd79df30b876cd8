import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setBits } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { vmasArbitrary } from '../../heatmap/testing/memory.ts';
import type { HistoryEntry } from '../../session/frame-history.ts';
import { AddressAxis } from './address-axis.ts';
import { countColumn, heatOfCount, HeatColumns } from './heat-columns.ts';

function entryOf(pages: Iterable<number>): HistoryEntry {
  const written = new Map<number, Uint32Array>();
  for (const page of pages) {
    const tile = Math.floor(page / PAGES_PER_TILE);
    const words = written.get(tile) ?? new Uint32Array(16);
    setBits(words, 0, page % PAGES_PER_TILE, (page % PAGES_PER_TILE) + 1);
    written.set(tile, words);
  }
  return { sequence: 0, time: 0, written };
}

describe('a frame along the address axis', () => {
  it('counts each written page exactly once where pixels stand for several pages', () => {
    fc.assert(
      fc.property(vmasArbitrary, fc.array(fc.nat(), { maxLength: 60 }), (vmas, seeds) => {
        const axis = new AddressAxis(vmas, [], null, 40);
        const pages = new Set(
          seeds.map((seed) => {
            const vma = vmas[seed % vmas.length];
            return vma ? vma.start + (seed % (vma.end - vma.start)) : 0;
          }),
        );
        const counts = countColumn(entryOf(pages), axis, 1);
        const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
        if (axis.scale < 1) expect(total).toBe(pages.size);
        else expect(total).toBeGreaterThanOrEqual(pages.size);
        for (const row of counts.keys()) expect(row).toBeLessThan(40.5);
      }),
      { seed: 6, numRuns: 300 },
    );
  });

  it('shows one page among sixteen million', () => {
    const axis = new AddressAxis([{ start: 0, end: 2 ** 24 }], [], null, 300);
    const column = new HeatColumns().of(entryOf([9_000_001]), axis, 1);
    expect([...column.rows]).toEqual([Math.floor((9_000_001 * 300) / 2 ** 24)]);
    expect(column.heat[0]).toBeGreaterThan(90);
  });

  it('fills the pixels that a page spans', () => {
    const axis = new AddressAxis([{ start: 512, end: 522 }], [], null, 100);
    expect([...countColumn(entryOf([515]), axis, 2).keys()]).toEqual(
      Array.from({ length: 20 }, (_, i) => 60 + i),
    );
  });

  it('leaves out what is not on the axis', () => {
    const axis = new AddressAxis([{ start: 512, end: 522 }], [], null, 100);
    expect(countColumn(entryOf([511, 522, 40_000]), axis, 1).size).toBe(0);
  });

  it('heat rises with the count and is full for all', () => {
    expect(heatOfCount(0, 100)).toBe(0);
    expect(heatOfCount(1, 100)).toBe(96);
    expect(heatOfCount(10, 100)).toBe(Math.round(96 + 159 / 2));
    expect(heatOfCount(100, 100)).toBe(255);
    expect(heatOfCount(1, 1)).toBe(255);
  });
});
