import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findVma } from '#shared/memory/vma.ts';
import { clampCamera, columnWidth, fitAll, fitRange, moveBetweenScales, zoomAt } from './camera.ts';
import { mappedNear, nearestPage, pageAt, rectOf } from './hit-test.ts';
import { BandLayout } from './band-layout.ts';
import { vmaOf, vmasArbitrary } from '../../testing/memory.ts';

const view = { width: 700, height: 600 };
const cameraParts = fc.tuple(
  fc.double({ min: 0.001, max: 1200, noNaN: true }),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ min: 0, max: 1, noNaN: true }),
);

function someCamera(layout: BandLayout, [row, x, y]: readonly [number, number, number]) {
  const loose = { row, x: x * 512 * columnWidth(row, view), y: y * 1e6 };
  return clampCamera(loose, layout, view);
}

describe('picking', () => {
  it('finds each page in the middle of its rectangle, at any zoom', () => {
    fc.assert(
      fc.property(vmasArbitrary, cameraParts, fc.nat(), (vmas, parts, pick) => {
        const layout = new BandLayout(vmas);
        const camera = someCamera(layout, parts);
        const vma = vmas[pick % vmas.length] ?? vmaOf(0, 1);
        const page = vma.start + (pick % (vma.end - vma.start));
        const rect = rectOf(layout, camera, view, page);
        expect(rect).not.toBeNull();
        if (!rect) return;
        expect(pageAt(layout, camera, view, rect.x + rect.width / 2, rect.y + rect.height / 2)).toBe(page);
      }),
    );
  });

  it('finds only pages that are mapped, and always one that is near', () => {
    fc.assert(
      fc.property(vmasArbitrary, cameraParts, fc.nat(699), fc.nat(599), (vmas, parts, x, y) => {
        const layout = new BandLayout(vmas);
        const camera = someCamera(layout, parts);
        const page = pageAt(layout, camera, view, x, y);
        if (page !== null) expect(findVma(vmas, page)).toBeGreaterThanOrEqual(0);
        const near = nearestPage(layout, camera, view, x, y);
        expect(near).not.toBeNull();
        expect(findVma(vmas, near ?? -1)).toBeGreaterThanOrEqual(0);
        if (page !== null) expect(near).toBe(page);
      }),
    );
  });

  it('takes the nearest mapped page of a tile', () => {
    const layout = new BandLayout([vmaOf(10, 20), vmaOf(100, 110)]);
    expect([0, 15, 40, 80, 105, 300].map((column) => mappedNear(layout, 0, column))).toEqual([
      10, 15, 19, 100, 105, 109,
    ]);
    expect(mappedNear(layout, 1, 0)).toBeNull();
  });
});

describe('the camera', () => {
  it('keeps what is under the pointer there while zooming', () => {
    const layout = new BandLayout([vmaOf(0, 40_000), vmaOf(2 ** 30, 2 ** 30 + 20_000)]);
    fc.assert(
      fc.property(
        fc.nat(699),
        fc.integer({ min: 0, max: 599 }),
        fc.double({ min: 1, max: 8, noNaN: true }),
        (px, py, factor) => {
          const before = { row: 40, x: 300, y: 900 };
          const after = zoomAt(before, layout, view, factor, px, py);
          const page = pageAt(layout, before, view, px, py);
          // Within a row the place stays to a fraction of a pixel; at a border rounding may take either side.
          const rect = page === null ? null : rectOf(layout, after, view, page);
          if (!rect) return;
          expect(px).toBeGreaterThan(rect.x - 0.01);
          expect(px).toBeLessThan(rect.x + rect.width + 0.01);
          expect(py).toBeGreaterThan(rect.y - 0.01);
          expect(py).toBeLessThan(rect.y + rect.height + 0.01);
        },
      ),
    );
  });

  it('goes between scales and back', () => {
    fc.assert(
      fc.property(vmasArbitrary, fc.double({ min: 0, max: 1, noNaN: true }), (vmas, share) => {
        const layout = new BandLayout(vmas);
        const y = share * layout.height({ row: 20, gap: 18 });
        const there = moveBetweenScales(layout, y, 20, 0.3);
        expect(moveBetweenScales(layout, there, 0.3, 20)).toBeCloseTo(y, 4);
      }),
    );
  });

  it('has columns that grow with the rows, from the width of the view to square pages', () => {
    let last = 0;
    for (let row = 0.1; row < 1300; row *= 1.05) {
      const width = columnWidth(row, view);
      expect(width).toBeGreaterThanOrEqual(last);
      last = width;
    }
    expect(columnWidth(5, view)).toBeCloseTo(700 / 512);
    expect(columnWidth(1216, view)).toBeCloseTo(1600);
  });

  it('shows everything, or the range that it is asked for', () => {
    fc.assert(
      fc.property(vmasArbitrary, fc.nat(), (vmas, pick) => {
        const layout = new BandLayout(vmas);
        const all = fitAll(layout, view);
        const last = vmas.at(-1) ?? vmaOf(0, 1);
        const end = rectOf(layout, all, view, last.end - 1);
        expect((end?.y ?? 0) + (end?.height ?? 0)).toBeLessThanOrEqual(view.height + 1e-6);
        const vma = vmas[pick % vmas.length] ?? last;
        const camera = fitRange(layout, view, vma.start, vma.end);
        // Its corners, and the widest rows between them: the mapping is in view entirely, not only its first columns.
        const firstRowEnd = Math.min(vma.end, (Math.floor(vma.start / 512) + 1) * 512) - 1;
        const lastRowStart = Math.max(vma.start, Math.floor((vma.end - 1) / 512) * 512);
        for (const page of [vma.start, firstRowEnd, lastRowStart, vma.end - 1]) {
          const rect = rectOf(layout, camera, view, page);
          expect(rect?.y).toBeGreaterThanOrEqual(-1e-6);
          expect((rect?.y ?? NaN) + (rect?.height ?? NaN)).toBeLessThanOrEqual(view.height + 1e-6);
          expect(rect?.x).toBeGreaterThanOrEqual(-1e-6);
          expect((rect?.x ?? NaN) + (rect?.width ?? NaN)).toBeLessThanOrEqual(view.width + 1e-6);
        }
      }),
    );
  });
});
