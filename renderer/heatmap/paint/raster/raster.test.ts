import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clampCamera, columnWidth, fitAll, type Camera, type Viewport } from '../../geometry/camera.ts';
import { rampIndex } from '../colour-maps.ts';
import { rectOf } from '../../geometry/hit-test.ts';
import { BandLayout, scaleOf } from '../../geometry/band-layout.ts';
import { Levels } from '../../rows/levels.ts';
import { RAMP_AT } from '../styles.ts';
import { paletteOf, type Swatch, SWATCHES, swatchIndex } from '../palette.ts';
import { Raster } from './raster.ts';
import { rowsAreSingle, visibleRows } from '../../rows/visible-rows.ts';
import { RowBatch } from '../../rows/row-batch.ts';
import { columnTable, type Scene } from '../scene.ts';
import { StripBank } from '../../rows/strips.ts';
import { frameOf, storeOf, vmaOf, vmasArbitrary } from '../../../testing/memory.ts';
import { referenceRaster } from './testing/reference-raster.ts';
import { TileBank } from '../../rows/tile-bank.ts';
import { FrameStore } from '../../../data/frame-store.ts';
import type { Vma } from '#shared/memory/vma.ts';

const palette = paletteOf('dark', 'cividis');
const rampAt = (age: number): number => palette.pixels[SWATCHES.length + rampIndex(age)] ?? 0;
const swatch = (name: Swatch): number => palette.pixels[swatchIndex[name]] ?? 0;

function rasterOf({ width, height }: Viewport): Raster {
  const pixels = (): Uint32Array => new Uint32Array(width * height);
  return new Raster(width, height, pixels(), pixels());
}

/** Paints a picture as the map view does, without a canvas. */
class Picture {
  readonly scene: Scene;
  readonly pixels: Uint32Array;
  readonly layout: BandLayout;
  readonly camera: Camera;
  readonly view: Viewport;

  constructor(
    store: FrameStore,
    levels: Levels,
    view: Viewport,
    layout = new BandLayout(store.vmas),
    camera = fitAll(layout, view),
    strips = new StripBank(),
  ) {
    this.view = view;
    this.layout = layout;
    this.camera = camera;
    const rows = new RowBatch();
    const single = rowsAreSingle(this.camera, 1);
    if (single) visibleRows(this.layout, store.table, this.camera, view, 1, rows);
    else strips.compose(this.layout, levels, this.camera, view, 1, rows);
    const scene: Scene = {
      ...view,
      origin: -this.camera.x,
      above: Math.round(this.camera.y),
      column: columnWidth(this.camera.row, view),
      columns: columnTable(view.width, -this.camera.x, columnWidth(this.camera.row, view)),
      rows,
      bank: single ? new TileBank(store) : strips,
      now: store.time,
      patience: 0,
      hold: store.mode === 'hold',
      palette,
    };
    this.scene = scene;
    const raster = rasterOf(view);
    raster.paint(scene);
    this.pixels = raster.pixels;
  }

  /** Colour where `page` is drawn. */
  at(page: number): number {
    const rect = rectOf(this.layout, this.camera, this.view, page);
    if (!rect) return -1;
    const [x, y] = [Math.floor(rect.x + rect.width / 2), Math.floor(rect.y + rect.height / 2)];
    return this.pixels[y * this.view.width + x] ?? -1;
  }

  count(colour: number): number {
    return this.pixels.reduce((sum, pixel) => sum + (pixel === colour ? 1 : 0), 0);
  }
}

function pictureOf(store: FrameStore, view: Viewport): Picture {
  const levels = new Levels(store);
  levels.applied(store.table.tiles.map((_, slot) => slot));
  return new Picture(store, levels, view);
}

describe('the picture', () => {
  it('shows one written page among 16,777,216 when everything fits in the window', () => {
    const vma = vmaOf(2 ** 30, 2 ** 30 + 2 ** 24);
    for (const page of [vma.start, vma.start + 9_999_999, vma.end - 1]) {
      const store = storeOf([vma], [page], { present: [[vma.start, vma.end]] });
      const picture = pictureOf(store, { width: 640, height: 500 });
      expect(picture.at(page)).toBe(rampAt(0));
      expect(picture.count(rampAt(0))).toBeGreaterThanOrEqual(1);
      expect(picture.count(rampAt(0))).toBeLessThanOrEqual(4);
      expect(picture.count(swatch('present'))).toBeGreaterThan(640 * 490);
    }
  });

  it('never hides a written page, for any VMAs and window size', () => {
    const share = fc.double({ min: 0, max: 0.9999, noNaN: true });
    const size = fc.tuple(fc.integer({ min: 64, max: 700 }), fc.integer({ min: 10, max: 300 }));
    fc.assert(
      fc.property(
        vmasArbitrary,
        fc.array(share, { minLength: 1, maxLength: 6 }),
        size,
        (vmas, shares, [width, height]) => {
          const written = shares.map((part, i) => {
            const vma = vmas[i % vmas.length] ?? vmaOf(0, 1);
            return vma.start + Math.floor(part * (vma.end - vma.start));
          });
          const picture = pictureOf(storeOf(vmas, written), { width, height });
          for (const page of written) expect(picture.at(page)).toBe(rampAt(0));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('shows a written page of each of 10,000 VMAs, from afar and near', () => {
    const vmas = Array.from({ length: 10_000 }, (_, i) => vmaOf(i * 700, i * 700 + 100 + (i % 500)));
    const written = vmas.map(({ start, end }, i) => start + (i % (end - start)));
    const store = storeOf(vmas, written);
    const view = { width: 640, height: 500 };
    const far = pictureOf(store, view);
    for (let i = 0; i < written.length; i += 7) expect(far.at(written[i] ?? 0)).toBe(rampAt(0));
    const levels = new Levels(store);
    levels.applied(store.table.tiles.map((_, slot) => slot));
    const camera = clampCamera({ row: 12, x: 0, y: far.layout.height(scaleOf(12)) / 2 }, far.layout, view);
    const near = new Picture(store, levels, view, far.layout, camera);
    const inView = written.filter((page) => {
      const rect = rectOf(near.layout, camera, view, page);
      return rect !== null && rect.y >= 0 && rect.y + rect.height <= view.height;
    });
    expect(inView.length).toBeGreaterThan(10);
    for (const page of inView) expect(near.at(page)).toBe(rampAt(0));
  });

  it('brings only the strips up to date that changed, with the same result as from scratch', () => {
    const vma = vmaOf(0, 2 ** 22);
    const page = fc.integer({ min: 0, max: 2 ** 22 - 1 });
    fc.assert(
      fc.property(fc.array(fc.array(page, { maxLength: 5 }), { minLength: 2, maxLength: 4 }), (frames) => {
        const store = new FrameStore();
        const levels = new Levels(store);
        const strips = new StripBank();
        const view = { width: 100, height: 60 };
        store.listen(levels);
        store.listen({
          applied: (slots) => slots.forEach((slot) => strips.touch(store.table.tiles[slot] ?? 0)),
          reset: () => undefined,
        });
        const layout = new BandLayout([vma]);
        const camera = fitAll(layout, view);
        frames.forEach((written, sequence) => {
          store.apply(frameOf([vma], written, { sequence, time: 1000 + sequence }), 0);
          const kept = new Picture(store, levels, view, layout, camera, strips);
          const scratch = pictureOf(store, view);
          expect(kept.pixels.findIndex((pixel, i) => pixel !== scratch.pixels[i])).toBe(-1);
        });
      }),
      { numRuns: 15 },
    );
  });

  it('distinguishes states, and a new mapping by its pattern', () => {
    const vmas: Vma[] = [
      vmaOf(0, 512),
      vmaOf(512, 1024, { softDirty: true }),
      vmaOf(1024, 1536, { tracked: false }),
    ];
    const store = storeOf(vmas, [3], { present: [[0, 100]] });
    const picture = pictureOf(store, { width: 512, height: 42 });
    expect(picture.at(3)).toBe(rampAt(0));
    expect(picture.at(4)).toBe(swatch('present'));
    expect(picture.at(200)).toBe(swatch('untouched'));
    expect(picture.count(swatch('fresh'))).toBeGreaterThan(picture.count(swatch('freshMark')));
    expect(picture.count(swatch('freshMark'))).toBeGreaterThan(1000);
    expect(picture.count(swatch('hatch'))).toBeGreaterThan(500);
  });

  it('shows what was touched, is hot or was given back by patterns of its own', () => {
    const events = { touched: [[512, 1024]], hot: [[1024, 1536]], gone: [[1536, 2048]] } as const;
    const store = storeOf([vmaOf(0, 2048)], [1030], { present: [[0, 1536]], ...events });
    const picture = pictureOf(store, { width: 512, height: 48 });
    const count = (swatchOf: Swatch): number => picture.count(swatch(swatchOf));
    expect(picture.at(100)).toBe(swatch('present'));
    for (const [surface, mark] of [
      ['touched', 'touchedMark'],
      ['gone', 'goneMark'],
    ] as const) {
      expect(count(mark)).toBeGreaterThan(500);
      expect(count(surface)).toBeGreaterThan(count(mark));
    }
    // Half of a hot page's pixels keep the heat of its last write that is known: of the others', none is.
    expect(count('hotMark')).toBeGreaterThan(2000);
    expect(picture.count(rampAt(0))).toBeGreaterThan(3);
    expect(picture.count(palette.pixels[RAMP_AT] ?? 0)).toBeGreaterThan(2000);
  });

  it('shows a single page of each event among 16,777,216 when everything fits in the window', () => {
    const vma = vmaOf(2 ** 30, 2 ** 30 + 2 ** 24);
    const page = vma.start + 9_999_999;
    for (const [event, styles] of [
      ['touched', ['touched', 'touchedMark']],
      ['gone', ['gone', 'goneMark']],
    ] as const) {
      const store = storeOf([vma], [], { present: [[vma.start, page]], [event]: [[page, page + 1]] });
      const picture = pictureOf(store, { width: 640, height: 500 });
      expect(styles.map(swatch)).toContain(picture.at(page));
    }
  });

  it('leaves what is unmapped to the canvas', () => {
    const picture = pictureOf(storeOf([vmaOf(100, 200)], []), { width: 512, height: 14 });
    expect(picture.pixels[50]).toBe(swatch('canvas'));
    expect(picture.pixels[150]).toBe(swatch('untouched'));
    expect(picture.pixels[250]).toBe(swatch('canvas'));
  });
});

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

describe('columns of a view', () => {
  it('show every page in some pixel, at any width and place', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 900 }),
        fc.double({ min: 0.05, max: 4, noNaN: true }),
        (pixels, width) => {
          const table = columnTable(pixels, 0, width);
          const seen = new Set<number>();
          for (const entry of new Set(table)) {
            for (let column = entry & 1023; column < ((entry >>> 10) & 1023); column++) seen.add(column);
          }
          const whole = Math.min(512, Math.floor(pixels / width));
          const missed = Array.from({ length: whole }, (_, column) => column).filter(
            (column) => !seen.has(column),
          );
          expect(missed).toEqual([]);
        },
      ),
    );
  });
});
