import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clampCamera, columnWidth, fitAll } from '../../geometry/camera.ts';
import { rampIndex } from '../colour-maps.ts';
import { BandLayout, scaleOf } from '../../geometry/band-layout.ts';
import { Levels } from '../../rows/levels.ts';
import { rowsAreSingle, visibleRows } from '../../rows/visible-rows.ts';
import { RowBatch } from '../../rows/row-batch.ts';
import { columnTable, type Scene } from '../scene.ts';
import { StripBank } from '../../rows/strips.ts';
import { frameOf, storeOf, vmaOf, vmasArbitrary } from '../../../testing/memory.ts';
import { referenceRaster } from './testing/reference-raster.ts';
import { TileBank } from '../../rows/tile-bank.ts';
import { FrameStore } from '../../../data/frame-store.ts';
import { palette, Picture, pictureOf, rasterOf } from './testing/picture.ts';

describe('the fast painter', () => {
  const share = fc.double({ min: 0, max: 0.9999, noNaN: true });
  const lookArbitrary = fc.record({
    written: fc.array(fc.tuple(fc.nat(7), share), { maxLength: 12 }),
    present: fc.array(fc.tuple(fc.nat(7), share), { maxLength: 3 }),
    touched: fc.array(fc.tuple(fc.nat(7), share), { maxLength: 2 }),
    hot: fc.array(fc.tuple(fc.nat(7), share), { maxLength: 2 }),
    gone: fc.array(fc.tuple(fc.nat(7), share), { maxLength: 2 }),
    later: fc.oneof(fc.constant(0), fc.constant(1), fc.integer({ min: 1, max: 90_000 })),
    // Often the same ones: a view that only moved.
    zoom: fc.oneof(fc.constantFrom(null, 0.5, 4, 14), fc.double({ min: 0.5, max: 60, noNaN: true })),
    x: fc.oneof(fc.constant(0), share),
    y: share,
    lines: fc.constantFrom(1, 1, 1, 2),
  });

  it('paints, over a history of changes and moves, what the reference paints from scratch', () => {
    fc.assert(
      fc.property(
        vmasArbitrary,
        fc.tuple(fc.integer({ min: 64, max: 700 }), fc.integer({ min: 10, max: 120 })),
        fc.constantFrom('hold' as const, 'interval' as const),
        fc.array(lookArbitrary, { minLength: 2, maxLength: 6 }),
        (vmas, [width, height], mode, styles) => {
          const store = new FrameStore();
          const levels = new Levels(store);
          const strips = new StripBank();
          const tiles = new TileBank(store);
          store.listen(levels);
          store.listen({
            applied: (slots) => slots.forEach((slot) => strips.touch(store.table.tiles[slot] ?? 0)),
            reset: () => undefined,
          });
          const view = { width, height };
          const layout = new BandLayout(vmas);
          const fast = rasterOf(view);
          const slow = new Uint32Array(width * height);
          const pageOf = ([index, part]: readonly [number, number]): number => {
            const vma = vmas[index % vmas.length] ?? vmaOf(0, 1);
            return vma.start + Math.floor(part * (vma.end - vma.start));
          };
          let columns: Uint32Array = new Uint32Array(0);
          let key = '';
          let time = 1000;
          styles.forEach(({ written, later, zoom, x, y, lines, ...planes }, sequence) => {
            time += later;
            const runs = (places: typeof written) =>
              places.map(pageOf).map((page) => [page, page + 40] as const);
            const frame = frameOf(vmas, written.map(pageOf), {
              sequence,
              time,
              present: runs(planes.present),
              touched: runs(planes.touched),
              hot: runs(planes.hot),
              gone: runs(planes.gone),
            });
            store.apply({ ...frame, mode }, 0);
            const fit = fitAll(layout, view);
            const camera =
              zoom === null
                ? fit
                : clampCamera({ row: zoom, x: x * width, y: y * layout.height(scaleOf(zoom)) }, layout, view);
            const rows = new RowBatch();
            const single = rowsAreSingle(camera, 1 / lines);
            if (single) visibleRows(layout, store.table, camera, view, 1, rows);
            else strips.compose(layout, levels, camera, view, 1, rows, { lines });
            const column = columnWidth(camera.row, view);
            if (key !== `${camera.x} ${column}`) columns = columnTable(width, -camera.x, column);
            key = `${camera.x} ${column}`;
            const scene: Scene = {
              ...view,
              origin: -camera.x,
              above: Math.round(camera.y),
              column,
              columns,
              rows,
              bank: single ? tiles : strips,
              now: time + (later % 7),
              patience: 0,
              hold: mode === 'hold',
              palette,
            };
            fast.paint(scene);
            // From scratch: strips that were kept while the view moved must be what new ones are.
            const anew = new StripBank();
            if (!single) anew.compose(layout, levels, camera, view, 1, rows, { lines });
            referenceRaster(single ? scene : { ...scene, bank: anew }, slow);
            const wrong = fast.pixels.findIndex((pixel, i) => pixel !== slow[i]);
            if (wrong >= 0) {
              expect(`${wrong % width}, ${Math.floor(wrong / width)} of frame ${sequence}`).toBe('the same');
            }
          });
        },
      ),
      { numRuns: 80, seed: 20_261_123 },
    );
  });

  it('paints only the rows that changed, and none while nothing does', () => {
    const vmas = [vmaOf(0, 64 * 512)];
    const store = storeOf(vmas, [3, 512 * 9 + 1]);
    const view = { width: 512, height: 64 * 14 };
    const raster = rasterOf(view);
    const { scene } = pictureOf(store, view);
    expect(raster.paint(scene)).toEqual({ first: 0, end: view.height, rows: 64 });
    expect(raster.paint(scene).rows).toBe(0);
    store.table.clock++;
    store.table.touch(store.table.find(9));
    expect(raster.paint(scene)).toEqual({ first: 9 * 14, end: 10 * 14, rows: 1 });
    expect(raster.paint(scene).rows).toBe(0);
  });

  it('paints only the rows that come into view when the view moves, patterns or not, one by one or joined', () => {
    // Untracked, so that all of it is hatched.
    const vmas = [vmaOf(0, 4096 * 512, { tracked: false })];
    const store = storeOf(vmas, [3, 512 * 900 + 1], { present: [[0, 4096 * 512]] });
    const levels = new Levels(store);
    levels.applied(store.table.tiles.map((_, slot) => slot));
    const view = { width: 512, height: 100 };
    const layout = new BandLayout(vmas);
    for (const row of [0.05, 1, 4]) {
      const strips = new StripBank();
      const tiles = new TileBank(store);
      const raster = rasterOf(view);
      const columns = columnTable(view.width, 0, columnWidth(row, view));
      const slow = new Uint32Array(view.width * view.height);
      const paint = (y: number): number => {
        const { scene } = new Picture(store, levels, view, layout, { row, x: 0, y }, strips);
        const same = { ...scene, columns, bank: scene.bank === strips ? strips : tiles };
        const { rows } = raster.paint(same);
        referenceRaster(same, slow);
        expect(raster.pixels).toEqual(slow);
        return rows;
      };
      expect(paint(40)).toBe(100 / Math.max(1, row));
      // One more where a row was partly out of view.
      expect(paint(47)).toBeLessThanOrEqual(7 / Math.max(1, row) + 1);
      expect(paint(36)).toBeLessThanOrEqual(11 / Math.max(1, row) + 1);
      expect(paint(36)).toBe(0);
    }
  });

  it('paints a row again when its pages are due to look older, not before', () => {
    const vmas = [vmaOf(0, 4 * 512)];
    const store = storeOf(vmas, [3]);
    const scene = pictureOf(store, { width: 512, height: 56 }).scene;
    const raster = rasterOf({ width: 512, height: 56 });
    raster.paint(scene);
    const seen: number[] = [];
    for (let age = 0; age <= 61_000; age += 1) {
      if (raster.paint({ ...scene, now: 1000 + age }).rows > 0) seen.push(age);
    }
    const steps = Array.from({ length: 60_001 }, (_, age) => age).filter(
      (age) => age > 0 && rampIndex(age) !== rampIndex(age - 1),
    );
    expect(seen).toEqual(steps);
  });
});
