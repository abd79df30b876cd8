/** The map's picture for tests: painted as the map view does, without a canvas. */
import { columnWidth, fitAll, type Camera, type Viewport } from '../../../geometry/camera.ts';
import { rectOf } from '../../../geometry/hit-test.ts';
import { BandLayout } from '../../../geometry/band-layout.ts';
import { Levels } from '../../../rows/levels.ts';
import { paletteOf } from '../../palette.ts';
import { Raster } from '../raster.ts';
import { rowsAreSingle, visibleRows } from '../../../rows/visible-rows.ts';
import { RowBatch } from '../../../rows/row-batch.ts';
import { columnTable, type Scene } from '../../scene.ts';
import { StripBank } from '../../../rows/strips.ts';
import { TileBank } from '../../../rows/tile-bank.ts';
import type { FrameStore } from '../../../../data/frame-store.ts';

export const palette = paletteOf('dark', 'cividis');
export function rasterOf({ width, height }: Viewport): Raster {
  const pixels = (): Uint32Array => new Uint32Array(width * height);
  return new Raster(width, height, pixels(), pixels());
}

/** Paints a picture as the map view does, without a canvas. */
export class Picture {
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

export function pictureOf(store: FrameStore, view: Viewport): Picture {
  const levels = new Levels(store);
  levels.applied(store.table.tiles.map((_, slot) => slot));
  return new Picture(store, levels, view);
}
