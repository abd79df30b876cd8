import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import { untouchedRanges } from './fold.ts';
import { BandLayout, scaleOf, Separator, separatorHeight } from './band-layout.ts';
import { vmaOf, vmasArbitrary } from '../../testing/memory.ts';

const rowHeight = fc.double({ min: 0.01, max: 300, noNaN: true });

describe('the layout of bands', () => {
  it('shows every tile with a part of a VMA once, in order, and no other', () => {
    fc.assert(
      fc.property(vmasArbitrary, (vmas) => {
        const layout = new BandLayout(vmas);
        const tiles = layout.segments.flatMap(({ firstTile, rows }) =>
          Array.from({ length: rows }, (_, i) => firstTile + i),
        );
        const expected = new Set<number>();
        for (const { start, end } of vmas) {
          for (let tile = tileOfPage(start); tile <= tileOfPage(end - 1); tile++) expected.add(tile);
        }
        expect(tiles).toEqual([...expected].sort((a, b) => a - b));
        expect(layout.rows).toBe(tiles.length);
      }),
    );
  });

  it('finds by position what it finds by page', () => {
    fc.assert(
      fc.property(vmasArbitrary, rowHeight, fc.nat(), (vmas, row, pick) => {
        const layout = new BandLayout(vmas);
        const scale = scaleOf(row);
        const vma = vmas[pick % vmas.length] ?? vmaOf(0, 1);
        const page = vma.start + (pick % (vma.end - vma.start));
        const place = layout.placeOf(page);
        expect(place).not.toBeNull();
        const y = layout.yOf(page, scale) + scale.row / 2;
        expect(layout.rowAt(y, scale)).toEqual(place);
        expect(y).toBeLessThan(layout.height(scale));
      }),
    );
  });

  it('puts a separator where something is left out, with what it leaves out', () => {
    const layout = new BandLayout([vmaOf(0, 10), vmaOf(20, 30), vmaOf(5000, 5001), vmaOf(5001, 6000)]);
    expect(layout.segments.map(({ separator, skipped, rows }) => [separator, skipped, rows])).toEqual([
      [Separator.None, 0, 1],
      [Separator.Gap, 4970, 3],
    ]);
  });

  it('fits any height exactly, unless a row would not even have its share', () => {
    fc.assert(
      fc.property(vmasArbitrary, fc.integer({ min: 50, max: 2000 }), (vmas, height) => {
        const layout = new BandLayout(vmas);
        expect(layout.height(scaleOf(layout.rowToFit(height)))).toBeCloseTo(height, 6);
      }),
    );
  });

  it('has nothing to find in an empty address space', () => {
    const layout = new BandLayout([]);
    expect(layout.height(scaleOf(10))).toBe(0);
    expect(layout.rowAt(0, scaleOf(10))).toBeNull();
    expect(layout.placeOf(7)).toBeNull();
  });
});

describe('folding of untouched memory', () => {
  const big = vmaOf(1000, 1000 + 2 ** 28);

  it('leaves a terabyte of a sparse mapping out, but no tile that is known', () => {
    const known = [tileOfPage(big.start) + 1000, tileOfPage(big.start) + 1002, tileOfPage(big.end - 1)];
    const folded = untouchedRanges([big], known);
    const layout = new BandLayout([big], folded);
    for (const tile of known) expect(layout.segmentOfTile(tile)).not.toBeNull();
    expect(layout.rows).toBeLessThan(20);
    const shown = layout.rows * PAGES_PER_TILE;
    const left = folded.reduce((sum, { start, end }) => sum + end - start, 0);
    expect(shown + left).toBeGreaterThanOrEqual(big.end - big.start);
    expect(layout.segments.slice(1).every(({ separator }) => separator === Separator.Fold)).toBe(true);
    const firstFold = layout.segments[1];
    expect(firstFold && separatorHeight(firstFold, scaleOf(12))).toBe(18);
  });

  it('leaves small runs as they are', () => {
    expect(untouchedRanges([vmaOf(0, 30 * PAGES_PER_TILE)], [])).toEqual([]);
  });

  it('keeps to one VMA each, for any known tiles', () => {
    const size = fc.integer({ min: 1, max: 200 * PAGES_PER_TILE });
    fc.assert(
      fc.property(
        fc.array(size, { minLength: 1, maxLength: 5 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 800 })),
        (sizes, known) => {
          let at = 100;
          const vmas = sizes.map((pages) => vmaOf(at, (at += pages)));
          const sorted = known.sort((a, b) => a - b);
          for (const fold of untouchedRanges(vmas, sorted)) {
            expect(vmas.some(({ start, end }) => start < fold.start && fold.end < end)).toBe(true);
            for (const tile of sorted) {
              const page = tile * PAGES_PER_TILE;
              expect(page >= fold.start && page < fold.end).toBe(false);
            }
          }
        },
      ),
    );
  });
});
