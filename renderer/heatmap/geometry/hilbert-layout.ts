import type { Vma } from '#shared/memory/vma.ts';
import type { Camera, Viewport } from './camera.ts';
import { cellOf, orderFor, stepAt } from './hilbert.ts';
import type { Rect } from './hit-test.ts';
import type { Projection } from './projection.ts';

/** Largest cell, in CSS pixels. */
const MAX_CELL = 64;
const MIN_CELLS_ACROSS = 4;

/**
 * One VMA as a square: its pages in order along a Hilbert curve, so that what is near in memory is near in the picture,
 * in both directions. A camera's `row` is the side of a cell; `x` and `y` are as elsewhere.
 */
export class HilbertLayout implements Projection {
  readonly vma: Vma;
  readonly order: number;
  /** Cells across. */
  readonly side: number;
  readonly readable = 10;
  private readonly cell = { x: 0, y: 0 };

  constructor(vma: Vma) {
    this.vma = vma;
    this.order = orderFor(vma.end - vma.start);
    this.side = 2 ** this.order;
  }

  /** The camera that shows everything, in the middle. */
  fit(view: Viewport): Camera {
    return this.clamp({ row: this.least(view), x: 0, y: 0 }, view);
  }

  private least(view: Viewport): number {
    const cells = Math.max(MIN_CELLS_ACROSS, this.side);
    return Math.max(1e-6, Math.min(MAX_CELL, (Math.min(view.width, view.height) - 2) / cells));
  }

  /** The camera limited to the square; a square smaller than the view is centred. */
  clamp(camera: Camera, view: Viewport): Camera {
    const row = Math.min(MAX_CELL, Math.max(this.least(view), camera.row));
    const size = row * this.side;
    const within = (at: number, room: number): number =>
      size <= room ? -(room - size) / 2 : Math.min(Math.max(0, at), size - room);
    return { row, x: within(camera.x, view.width), y: within(camera.y, view.height) };
  }

  zoomAt(camera: Camera, view: Viewport, factor: number, px: number, py: number): Camera {
    const row = Math.min(MAX_CELL, Math.max(this.least(view), camera.row * factor));
    const by = row / camera.row;
    return this.clamp({ row, x: (camera.x + px) * by - px, y: (camera.y + py) * by - py }, view);
  }

  /** The camera with pages `start` … `end` - 1 in the middle, as large as fits. */
  fitRange(view: Viewport, start: number, end: number): Camera {
    // A run is in at most a few squares of its own size; its ends and what is between them bound it well enough.
    let [left, top, right, bottom] = [Infinity, Infinity, 0, 0];
    const step = Math.max(1, Math.floor((end - start) / 256));
    for (let page = start; page < end; page += step) {
      const { x, y } = this.cellOf(page);
      [left, top] = [Math.min(left, x), Math.min(top, y)];
      [right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
    }
    const row = Math.min((view.width * 0.8) / (right - left), (view.height * 0.8) / (bottom - top), 40);
    const x = ((left + right) / 2) * row - view.width / 2;
    return this.clamp({ row, x, y: ((top + bottom) / 2) * row - view.height / 2 }, view);
  }

  between(from: Camera, to: Camera, t: number, view: Viewport): Camera {
    if (t >= 1) return to;
    const row = from.row * (to.row / from.row) ** t;
    const middle = (axis: 'x' | 'y', room: number): number => {
      const [a, b] = [from, to].map((camera) => (camera[axis] + room / 2) / camera.row);
      return ((a ?? 0) + ((b ?? 0) - (a ?? 0)) * t) * row - room / 2;
    };
    return this.clamp({ row, x: middle('x', view.width), y: middle('y', view.height) }, view);
  }

  private cellOf(page: number): { readonly x: number; readonly y: number } {
    cellOf(this.order, page - this.vma.start, this.cell);
    return this.cell;
  }

  /** The page at (`px`, `py`) of the view; null beside the VMA. */
  pageAt(camera: Camera, _view: Viewport, px: number, py: number): number | null {
    const x = Math.floor((camera.x + px) / camera.row);
    const y = Math.floor((camera.y + py) / camera.row);
    if (x < 0 || y < 0 || x >= this.side || y >= this.side) return null;
    const page = this.vma.start + stepAt(this.order, x, y);
    return page < this.vma.end ? page : null;
  }

  /** The page nearest to (`px`, `py`), for a drag that leaves the square. */
  nearestPage(camera: Camera, _view: Viewport, px: number, py: number): number {
    const within = (at: number): number => Math.min(this.side - 1, Math.max(0, Math.floor(at / camera.row)));
    const d = stepAt(this.order, within(camera.x + px), within(camera.y + py));
    return Math.min(this.vma.end - 1, this.vma.start + d);
  }

  /** Where `page` is drawn; null if the VMA does not have it. */
  rectOf(camera: Camera, _view: Viewport, page: number): Rect | null {
    if (page < this.vma.start || page >= this.vma.end) return null;
    const { x, y } = this.cellOf(page);
    const { row } = camera;
    return { x: x * row - camera.x, y: y * row - camera.y, width: row, height: row };
  }

  /** The page `dx` cells to the right and `dy` down; the same page at the edges. */
  step(page: number, dx: number, dy: number): number {
    const { x, y } = this.cellOf(page);
    const [nx, ny] = [x + dx, y + dy].map((at) => Math.min(this.side - 1, Math.max(0, at)));
    const next = this.vma.start + stepAt(this.order, nx ?? 0, ny ?? 0);
    return next < this.vma.end ? next : page;
  }
}
