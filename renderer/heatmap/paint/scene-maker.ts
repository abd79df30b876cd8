import type { FrameStore } from '../../data/frame-store.ts';
import { type Camera, columnWidth, type Viewport } from '../geometry/camera.ts';
import { HilbertBank } from '../rows/hilbert-bank.ts';
import type { HilbertLayout } from '../geometry/hilbert-layout.ts';
import { hilbertRows } from '../rows/hilbert-rows.ts';
import type { BandLayout } from '../geometry/band-layout.ts';
import type { Levels } from '../rows/levels.ts';
import { rowsAreSingle, visibleRows } from '../rows/visible-rows.ts';
import { RowBatch, type RowBank } from '../rows/row-batch.ts';
import { columnTable, type Scene } from './scene.ts';
import { StripBank } from '../rows/strips.ts';
import { TileBank } from '../rows/tile-bank.ts';

type Shape = Pick<Scene, 'width' | 'height' | 'origin' | 'column' | 'above' | 'columns' | 'rows' | 'bank'>;

/** Creates the scenes for painters: rows one by one, rows joined to strips when zoomed out, or a Hilbert curve. */
export class SceneMaker {
  private readonly frames: FrameStore;
  private readonly levels: Levels;
  private readonly tiles: TileBank;
  private readonly strips = new StripBank();
  private readonly hilbert: HilbertBank;
  private readonly batch = new RowBatch();
  /** The bank that is shown; the others are not notified of changes, and start again when they are. */
  private shown: RowBank | null = null;
  private columns: { readonly key: string; readonly table: Uint32Array } = {
    key: '',
    table: new Uint32Array(),
  };

  constructor(frames: FrameStore, levels: Levels) {
    this.frames = frames;
    this.levels = levels;
    this.tiles = new TileBank(frames);
    this.hilbert = new HilbertBank(frames);
  }

  /** A tile changed. */
  touch(tile: number): void {
    if (this.shown === this.strips) this.strips.touch(tile);
    if (this.shown === this.hilbert) this.hilbert.touch(tile);
  }

  /** @param lines device pixels that a row or strip has at least */
  bands(layout: BandLayout, camera: Camera, view: Viewport, ratio: number, lines: number): Shape {
    const { batch, frames } = this;
    const single = rowsAreSingle(camera, ratio / lines);
    const bank = single ? this.tiles : this.strips;
    if (bank === this.strips && this.shown !== bank) this.strips.forget();
    this.shown = bank;
    if (single) visibleRows(layout, frames.table, camera, view, ratio, batch);
    else this.strips.compose(layout, this.levels, camera, view, ratio, batch, { lines });
    return this.shape(camera, view, ratio, -camera.x * ratio, columnWidth(camera.row, view) * ratio, bank);
  }

  square(layout: HilbertLayout, camera: Camera, view: Viewport, ratio: number): Shape {
    if (this.shown !== this.hilbert) this.hilbert.forget();
    this.shown = this.hilbert;
    const { origin, column } = hilbertRows(layout, this.hilbert, camera, view, ratio, this.batch);
    return this.shape(camera, view, ratio, origin, column, this.hilbert);
  }

  private shape(
    camera: Camera,
    view: Viewport,
    ratio: number,
    origin: number,
    column: number,
    bank: RowBank,
  ): Shape {
    const width = Math.round(view.width * ratio);
    const key = `${width} ${origin} ${column}`;
    if (key !== this.columns.key) this.columns = { key, table: columnTable(width, origin, column) };
    const height = Math.round(view.height * ratio);
    const above = Math.round(camera.y * ratio);
    return { width, height, origin, column, above, columns: this.columns.table, rows: this.batch, bank };
  }
}
