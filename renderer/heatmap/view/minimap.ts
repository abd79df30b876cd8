import type { FrameStore } from '../../data/frame-store.ts';
import type { RafClient, RafLoop } from '../../ui/raf-loop.ts';
import { type Camera, columnWidth, fitAll, moveBetweenScales, type Viewport } from '../geometry/camera.ts';
import { CanvasPainter } from '../paint/raster/canvas-painter.ts';
import type { Rect } from '../geometry/hit-test.ts';
import type { MapView } from './map-view.ts';
import { rowsAreSingle, visibleRows } from '../rows/visible-rows.ts';
import { RowBatch } from '../rows/row-batch.ts';
import { columnTable } from '../paint/scene.ts';
import { StripBank, type StripPart } from '../rows/strips.ts';
import { TileBank } from '../rows/tile-bank.ts';

/** A few times a second are enough for an overview. */
const REPAINT_INTERVAL_MS = 250;

/**
 * The whole address space in a narrow strip, with the map's view marked. When zoomed out, its strips are updated in
 * turn, some in each frame and each once in an interval: all at once would take longer than the map itself.
 */
export class Minimap implements RafClient {
  private readonly map: MapView;
  private readonly frames: FrameStore;
  private readonly raf: RafLoop;
  private readonly painter: CanvasPainter;
  private readonly view: Viewport;
  private readonly ratio: number;
  private readonly strips = new StripBank();
  private readonly tiles: TileBank;
  private readonly batch = new RowBatch();
  private readonly stop: (() => void)[];
  private columns = new Uint32Array(0) as Uint32Array;
  private painted = -Infinity;
  /** Layout or colours changed: everything is painted again. */
  private isStale = true;
  /** Where the next strips are, from the top, and how many are to be brought up to date since something changed. */
  private next = 0;
  private left: number;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    map: MapView,
    { frames, raf }: { readonly frames: FrameStore; readonly raf: RafLoop },
    canvas: HTMLCanvasElement,
    view: Viewport,
    ratio: number,
  ) {
    this.map = map;
    this.frames = frames;
    this.raf = raf;
    this.view = view;
    this.ratio = ratio;
    this.tiles = new TileBank(frames);
    canvas.width = Math.round(view.width * ratio);
    canvas.height = Math.round(view.height * ratio);
    this.left = canvas.height;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no Canvas 2D for the minimap');
    this.painter = new CanvasPainter(context);
    const { table } = frames;
    this.stop = [
      raf.add(this),
      frames.listen({
        applied: (slots) => {
          for (const slot of slots) this.strips.touch(table.tiles[slot] ?? 0);
          this.left = this.height;
        },
        reset: () => {
          this.strips.forget();
          this.invalidate();
        },
      }),
      map.onChange(() => {
        this.invalidate();
        raf.request(this);
      }),
    ];
  }

  dispose(): void {
    for (const stop of this.stop) stop();
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private invalidate(): void {
    this.isStale = true;
    this.left = this.height;
  }

  /** Size in device pixels. */
  private get height(): number {
    return Math.round(this.view.height * this.ratio);
  }

  private get whole(): Camera {
    return fitAll(this.map.layout.bands, this.view);
  }

  /** What the map shows, in CSS pixels of the strip. */
  viewport(): Rect {
    const { current: camera, view } = this.map.camera;
    const layout = this.map.layout.bands;
    const { row } = this.whole;
    const top = moveBetweenScales(layout, camera.y, camera.row, row);
    const bottom = moveBetweenScales(layout, camera.y + view.height, camera.row, row);
    const width = columnWidth(camera.row, view) * 512;
    const share = this.view.width / Math.max(1, width);
    const height = Math.min(this.view.height, bottom) - top;
    return { x: camera.x * share, y: top, width: Math.min(this.view.width, view.width * share), height };
  }

  /** Brings what is at height `y` of the strip into the middle of the map. */
  centreOn(y: number): void {
    const { current: camera, view } = this.map.camera;
    const middle = moveBetweenScales(this.map.layout.bands, y, this.whole.row, camera.row);
    this.map.camera.centreOn({ ...camera, y: middle - view.height / 2 });
  }

  frame(now: number): boolean {
    if (this.left === 0) return false;
    const camera = this.whole;
    const single = rowsAreSingle(camera, this.ratio);
    const passed = now - this.painted;
    const inTurn = !single && !this.isStale;
    const wait = REPAINT_INTERVAL_MS - passed;
    const count = inTurn
      ? Math.min(this.left, Math.ceil((this.height * passed) / REPAINT_INTERVAL_MS))
      : this.left;
    if (inTurn || wait <= 0) {
      this.paint(now, camera, single, inTurn ? { first: this.next, count } : null);
      this.painted = now;
      this.isStale = false;
      this.next = (this.next + count) % this.height;
      this.left -= count;
    }
    if (this.left > 0) {
      this.timer ??= setTimeout(
        () => {
          this.timer = null;
          this.raf.request();
        },
        inTurn ? REPAINT_INTERVAL_MS : wait,
      );
    }
    return false;
  }

  /** @param part strips that are brought up to date; null: all, and rows one by one */
  private paint(now: number, camera: Camera, single: boolean, part: StripPart | null): void {
    const { map, view, ratio, batch, frames } = this;
    // If nothing is mapped, only the background is painted: otherwise the strip would show the last source, or black.
    if (map.layout.bands.rows === 0) batch.clear();
    else if (single) visibleRows(map.layout.bands, frames.table, camera, view, ratio, batch);
    else this.strips.compose(map.layout.bands, map.renderer.levels, camera, view, ratio, batch, { part });
    const width = Math.round(view.width * ratio);
    const column = width / 512;
    if (this.columns.length !== width) this.columns = columnTable(width, 0, column);
    this.painter.paint({
      width,
      height: this.height,
      origin: 0,
      above: 0,
      column,
      columns: this.columns,
      rows: batch,
      bank: single ? this.tiles : this.strips,
      now: Math.round(frames.mapTime(now)),
      // Strips are updated in turn for age too.
      patience: part ? Infinity : REPAINT_INTERVAL_MS,
      hold: frames.isMapHeld,
      palette: map.renderer.palette,
    });
  }
}
