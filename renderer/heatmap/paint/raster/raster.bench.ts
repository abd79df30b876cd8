/** Painting in plain code: rows a view has, painted again, against the reference painter. */
import { Plane } from '#shared/memory/plane.ts';
import { BandLayout } from '../../geometry/band-layout.ts';
import { clampCamera, columnWidth, fitAll } from '../../geometry/camera.ts';
import { Levels } from '../../rows/levels.ts';
import { paletteOf } from '../palette.ts';
import { Raster } from './raster.ts';
import { visibleRows } from '../../rows/visible-rows.ts';
import { RowBatch } from '../../rows/row-batch.ts';
import { columnTable, type Scene } from '../scene.ts';
import { StripBank } from '../../rows/strips.ts';
import { frameOf, vmaOf } from '../../../testing/memory.ts';
import { referenceRaster } from './testing/reference-raster.ts';
import { TileBank } from '../../rows/tile-bank.ts';
import { FrameStore } from '../../../data/frame-store.ts';

const VIEW = { width: 1064, height: 640 };
const palette = paletteOf('dark', 'cividis');

function storeWith(pages: number, each: number): FrameStore {
  const vmas = [vmaOf(0, pages)];
  const written = Array.from({ length: Math.floor(pages / each) }, (_, i) => i * each + ((i * 7919) % each));
  const store = new FrameStore();
  store.apply(frameOf(vmas, written, { present: [[0, pages]] }), 0);
  return store;
}

function best(run: () => void, rounds: number): number {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    run();
    least = Math.min(least, performance.now() - began);
  }
  return least;
}

const row = (label: string, ms: number, baseline: number, name: string): void => {
  const ratio = (baseline / ms).toFixed(0);
  process.stdout.write(
    `${label.padEnd(40)}${ms.toFixed(2).padStart(8)} ms   ${name} ${baseline.toFixed(1)} ms   ${ratio} times\n`,
  );
};

for (const [name, pages] of [
  ['1 Gi of rows, a page in 50 written', VIEW.height * 512],
  ['4 Mi pages from afar', 2 ** 22],
] as const) {
  const store = storeWith(pages, 50);
  const levels = new Levels(store);
  levels.applied(store.table.tiles.map((_, slot) => slot));
  const layout = new BandLayout(store.vmas);
  const camera = fitAll(layout, VIEW);
  const single = camera.row >= 1;
  const rows = new RowBatch();
  const strips = new StripBank();
  const column = columnWidth(camera.row, VIEW);
  const compose = (): void => {
    if (single) visibleRows(layout, store.table, camera, VIEW, 1, rows);
    else strips.compose(layout, levels, camera, VIEW, 1, rows);
  };
  compose();
  const scene: Scene = {
    ...VIEW,
    origin: 0,
    above: 0,
    column,
    columns: columnTable(VIEW.width, 0, column),
    rows,
    bank: single ? new TileBank(store) : strips,
    now: store.time,
    patience: 0,
    hold: false,
    palette,
  };
  const pixels = new Uint32Array(VIEW.width * VIEW.height);
  const slow = best(() => referenceRaster(scene, pixels), 3);
  const raster = new Raster(VIEW.width, VIEW.height, pixels, new Uint32Array(pixels.length));
  const all = best(() => {
    // Another palette object is another view: everything is painted again.
    raster.paint({ ...scene, palette: { ...palette } });
  }, 40);
  row(`${name}: everything`, all, slow, 'reference');
  row(
    `${name}: nothing changed`,
    best(() => raster.paint(scene), 40),
    slow,
    'reference',
  );
  if (!single) {
    const made = best(() => {
      strips.forget();
      compose();
    }, 20);
    row('  strips made again', made, slow, 'reference');
    // At twice the size that fits there is something to pan over; 48 lines, as the keys do.
    const near = clampCamera({ ...camera, row: camera.row * 2 }, layout, VIEW);
    let y = 0;
    let painted = 0;
    const pan = (): void => {
      y = y === 0 ? 48 : 0;
      strips.compose(layout, levels, { ...near, y }, VIEW, 1, rows);
      painted = raster.paint({ ...scene, above: y }).rows;
    };
    pan();
    row('  panned by 48 lines', best(pan, 40), slow, 'reference');
    process.stdout.write(`  rows painted again: ${painted} of ${VIEW.height}\n`);
  }
  if (store.tiles.count(Plane.Present) !== pages) throw new Error('the picture is not what was meant');
}
