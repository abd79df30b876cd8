import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { HilbertBank } from '../rows/hilbert-bank.ts';
import { HilbertLayout } from './hilbert-layout.ts';
import { hilbertRows } from '../rows/hilbert-rows.ts';
import { squaresOf } from '../overlay/hilbert.ts';
import { RAMP_AT } from '../paint/styles.ts';
import { paletteOf, swatchIndex } from '../paint/palette.ts';
import { Raster } from '../paint/raster/raster.ts';
import { RowBatch } from '../rows/row-batch.ts';
import { columnTable } from '../paint/scene.ts';
import { frameOf, storeOf, vmaOf } from '../../testing/memory.ts';
import type { FrameStore } from '../../data/frame-store.ts';

const palette = paletteOf('dark', 'viridis');
const sizeArbitrary = fc.record({
  width: fc.integer({ min: 80, max: 700 }),
  height: fc.integer({ min: 80, max: 500 }),
});
const vmaArbitrary = fc
  .tuple(fc.integer({ min: 0, max: 5000 }), fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.constant(300_000)))
  .map(([start, pages]) => vmaOf(start, start + pages));

function paint(
  store: FrameStore,
  bank: HilbertBank,
  layout: HilbertLayout,
  camera = layout.fit(VIEW),
): Uint32Array {
  const rows = new RowBatch();
  const { origin, column } = hilbertRows(layout, bank, camera, VIEW, 1, rows);
  const pixels = (): Uint32Array => new Uint32Array(VIEW.width * VIEW.height);
  const raster = new Raster(VIEW.width, VIEW.height, pixels(), pixels());
  raster.paint({
    ...VIEW,
    origin,
    column,
    above: Math.round(camera.y),
    columns: columnTable(VIEW.width, origin, column),
    rows,
    bank,
    now: store.time,
    patience: 0,
    hold: true,
    palette,
  });
  return raster.pixels;
}
const VIEW = { width: 600, height: 400 };
const now = palette.pixels[RAMP_AT + palette.ramp.length - 1];

describe('a VMA along a Hilbert curve', () => {
  it('finds each page where it draws it, at any camera, and never another VMA’s', () => {
    const share = fc.double({ min: 0, max: 0.9999, noNaN: true });
    fc.assert(
      fc.property(
        vmaArbitrary,
        sizeArbitrary,
        share,
        fc.double({ min: 1, max: 50, noNaN: true }),
        (vma, view, part, zoom) => {
          const layout = new HilbertLayout(vma);
          const page = vma.start + Math.floor(part * (vma.end - vma.start));
          const fit = layout.fit(view);
          const there = layout.rectOf(fit, view, page);
          const camera = layout.zoomAt(
            fit,
            view,
            zoom,
            (there?.x ?? 0) + fit.row / 2,
            (there?.y ?? 0) + fit.row / 2,
          );
          const rect = layout.rectOf(camera, view, page);
          if (!rect) throw new Error('no place');
          expect(layout.pageAt(camera, view, rect.x + rect.width / 2, rect.y + rect.height / 2)).toBe(page);
          expect(layout.nearestPage(camera, view, rect.x + rect.width / 2, rect.y + rect.height / 2)).toBe(
            page,
          );
          expect(rect.x + rect.width / 2).toBeGreaterThanOrEqual(0);
          expect(rect.x + rect.width / 2).toBeLessThanOrEqual(view.width);
          for (const [x, y] of [
            [-50, 10],
            [view.width + 900, 7],
            [3, 1e6],
          ] as const) {
            const near = layout.nearestPage(camera, view, x, y);
            expect(near >= vma.start && near < vma.end).toBe(true);
          }
          expect(layout.rectOf(camera, view, vma.end)).toBeNull();
        },
      ),
      { seed: 20_261_123 },
    );
  });

  it('steps to neighbours and stays inside', () => {
    fc.assert(
      fc.property(
        vmaArbitrary,
        fc.nat(4999),
        fc.constantFrom([1, 0], [-1, 0], [0, 1], [0, -1]),
        (vma, at, move) => {
          const layout = new HilbertLayout(vma);
          const page = vma.start + (at % (vma.end - vma.start));
          const next = layout.step(page, move[0] ?? 0, move[1] ?? 0);
          expect(next >= vma.start && next < vma.end).toBe(true);
          if (next !== page) expect(layout.step(next, -(move[0] ?? 0), -(move[1] ?? 0))).toBe(page);
        },
      ),
      { seed: 20_261_123 },
    );
  });

  it('never hides a written page, however far away, and shows changes of a single tile', () => {
    for (const pages of [700, 70_000, 2 ** 20]) {
      const vma = vmaOf(1000, 1000 + pages);
      const written = [vma.start, vma.start + Math.floor(pages / 3), vma.end - 1];
      const store = storeOf([vma], written, { present: [[vma.start, vma.end]] });
      const layout = new HilbertLayout(vma);
      const bank = new HilbertBank(store);
      const at = (pixels: Uint32Array, page: number): number | undefined => {
        const rect = layout.rectOf(layout.fit(VIEW), VIEW, page);
        if (!rect) return undefined;
        return pixels[
          Math.floor(rect.y + rect.height / 2) * VIEW.width + Math.floor(rect.x + rect.width / 2)
        ];
      };
      const before = paint(store, bank, layout);
      for (const page of written) expect(at(before, page)).toBe(now);
      expect(before.filter((pixel) => pixel === now).length).toBeLessThan(VIEW.width * VIEW.height * 0.1);
      expect(before.includes(palette.pixels[swatchIndex.present] ?? 0)).toBe(true);

      const other = vma.start + Math.floor(pages / 2);
      store.apply(frameOf([vma], [other], { sequence: 1, time: 2000, present: [[vma.start, vma.end]] }), 0);
      for (const page of [...written, other]) bank.touch(Math.floor(page / 512));
      const after = paint(store, bank, layout);
      expect(at(after, other)).toBe(now);
      expect(at(after, written[0] ?? 0)).not.toBe(now);
      expect(store.tiles.test(Plane.Written, other)).toBe(true);
    }
  });

  it('cuts a run of pages into few squares that hold exactly its cells', () => {
    fc.assert(
      fc.property(fc.nat(4000), fc.integer({ min: 1, max: 900 }), (start, pages) => {
        const layout = new HilbertLayout(vmaOf(50, 50 + 5000));
        const range = { start: 50 + start, end: Math.min(5050, 50 + start + pages) };
        const squares = squaresOf(layout, range);
        const cells = new Set<string>();
        for (const { x, y, side } of squares) {
          for (let i = 0; i < side * side; i++) cells.add(`${x + (i % side)} ${y + Math.floor(i / side)}`);
        }
        expect(cells.size).toBe(range.end - range.start);
        expect(squares.length).toBeLessThan(60);
        const camera = { row: 1, x: 0, y: 0 };
        for (let page = range.start; page < range.end; page++) {
          const rect = layout.rectOf(camera, VIEW, page);
          expect(cells.has(`${rect?.x} ${rect?.y}`)).toBe(true);
        }
      }),
      { seed: 20_261_123, numRuns: 40 },
    );
  });
});
