import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { type BandLayout, scaleOf, separatorHeight } from './band-layout.ts';

/** The visible part of the map: `row` is the zoom. All in CSS pixels of the map's area. */
export interface Camera {
  /** Height of a row. */
  readonly row: number;
  /** Left edge of the view, in the map's own coordinates: column 0 is at 0. */
  readonly x: number;
  readonly y: number;
}

export interface Viewport {
  readonly width: number;
  readonly height: number;
}

/** At this row height a page is 64 × 64 readable bytes. */
export const MAX_ROW = 1216;
/** Rows are not made higher than this only to fill the view; in a high view a row may take a part of its height. */
const MIN_PIVOT = 14;
const MAX_PIVOT = 28;
const PIVOT_SHARE = 1 / 64;
/** From here to MAX_ROW pages are about square, and both grow together. */
const SQUARE = { row: 96, column: 80 } as const;
const MAX_COLUMN = 1600;

/** Up to this row height a tile spans the view's width; from there on columns grow faster than rows. */
const pivotOf = ({ height }: Viewport): number =>
  Math.min(MAX_PIVOT, Math.max(MIN_PIVOT, Math.floor(height * PIVOT_SHARE)));

/** The segments of the curve from row height to column width: straight lines in logarithms. */
function segments(view: Viewport): readonly (readonly [number, number])[] {
  const fit = view.width / PAGES_PER_TILE;
  return [
    [pivotOf(view), fit],
    [SQUARE.row, Math.max(fit, SQUARE.column)],
    [MAX_ROW, Math.max(fit, MAX_COLUMN)],
  ];
}

/** Follows the curve from values of one axis to the other: `axis` 0 = rows given, 1 = columns given. */
function alongCurve(value: number, axis: 0 | 1, view: Viewport): number {
  const points = segments(view);
  const other = axis === 0 ? 1 : 0;
  for (let i = 0; i + 1 < points.length; i++) {
    const from = points[i];
    const to = points[i + 1];
    if (!from || !to) break;
    if (value <= from[axis]) return from[other];
    if (value <= to[axis]) {
      const t = Math.log(value / from[axis]) / Math.log(to[axis] / from[axis]);
      return from[other] * (to[other] / from[other]) ** t;
    }
  }
  return points.at(-1)?.[other] ?? value;
}

/** Width of a page at row height `row`. */
export function columnWidth(row: number, view: Viewport): number {
  return alongCurve(row, 0, view);
}

/** Row height at which a page is `width` wide. */
function rowOfColumn(width: number, view: Viewport): number {
  return alongCurve(width, 1, view);
}

/** The camera that shows everything, from the top. */
export function fitAll(layout: BandLayout, view: Viewport): Camera {
  return { row: Math.min(pivotOf(view), layout.rowToFit(view.height)), x: 0, y: 0 };
}

/** The camera with pages `start` … `end` - 1 in the middle of the view, as large as fits. */
export function fitRange(layout: BandLayout, view: Viewport, start: number, end: number): Camera {
  const from = layout.placeOf(start);
  const to = layout.placeOf(end - 1);
  const least = fitAll(layout, view).row;
  const oneRow = from && to && from.segment === to.segment && from.row === to.row;
  const tall = (height: number): number => {
    const scale = scaleOf(height);
    return layout.yOf(end - 1, scale) - layout.yOf(start, scale) + height;
  };
  // Above the pivot a row is wider than the view, and rows of several tiles would show their first pages alone.
  let row = pivotOf(view) * (oneRow ? 2 : 1);
  if (tall(row) > view.height * 0.8) {
    let low = least;
    for (let i = 0; i < 50; i++) {
      const middle = (low + row) / 2;
      if (tall(middle) > view.height * 0.8) row = middle;
      else low = middle;
    }
    row = low;
  }
  let x = 0;
  if (oneRow) {
    // One row: the columns decide.
    row = Math.min(SQUARE.row, view.height, rowOfColumn((view.width * 0.6) / (end - start), view));
    x =
      ((start + end) / 2 - Math.floor(start / PAGES_PER_TILE) * PAGES_PER_TILE) * columnWidth(row, view) -
      view.width / 2;
  }
  const middle = (layout.yOf(start, scaleOf(row)) + layout.yOf(end - 1, scaleOf(row)) + row) / 2;
  return clampCamera({ row, x, y: middle - view.height / 2 }, layout, view);
}

/** The camera limited to what exists. */
export function clampCamera(camera: Camera, layout: BandLayout, view: Viewport): Camera {
  const least = Math.min(pivotOf(view), layout.rowToFit(view.height));
  const row = Math.min(MAX_ROW, Math.max(least, camera.row));
  const width = columnWidth(row, view) * PAGES_PER_TILE;
  const height = layout.height(scaleOf(row));
  return {
    row,
    x: Math.min(Math.max(0, camera.x), Math.max(0, width - view.width)),
    y: Math.min(Math.max(0, camera.y), Math.max(0, height - view.height)),
  };
}

/** Zooms by `factor`; what is at (`px`, `py`) of the view stays there. */
export function zoomAt(
  camera: Camera,
  layout: BandLayout,
  view: Viewport,
  factor: number,
  px: number,
  py: number,
): Camera {
  const least = Math.min(pivotOf(view), layout.rowToFit(view.height));
  const row = Math.min(MAX_ROW, Math.max(least, camera.row * factor));
  const column = (camera.x + px) / columnWidth(camera.row, view);
  const y = moveBetweenScales(layout, camera.y + py, camera.row, row);
  return clampCamera({ row, x: column * columnWidth(row, view) - px, y: y - py }, layout, view);
}

/** The height at zoom `to` of the place at height `y` of zoom `from`. */
export function moveBetweenScales(layout: BandLayout, y: number, from: number, to: number): number {
  const [before, after] = [scaleOf(from), scaleOf(to)];
  const segment = layout.segments[layout.segmentAt(y, before)];
  if (!segment) return y;
  const offset = y - layout.top(segment, before);
  if (offset < 0) {
    const share = separatorHeight(segment, after) / Math.max(1e-9, separatorHeight(segment, before));
    return layout.top(segment, after) + offset * share;
  }
  return layout.top(segment, after) + (offset / before.row) * after.row;
}

/** `from` on its way to `to`; `t` from 0 to 1. Zoom is followed in its logarithm, so that it looks even. */
export function betweenCameras(
  from: Camera,
  to: Camera,
  t: number,
  layout: BandLayout,
  view: Viewport,
): Camera {
  if (t >= 1) return to;
  const row = from.row * (to.row / from.row) ** t;
  // The middle of both views, in the coordinates of this step's zoom.
  const yOf = (camera: Camera): number =>
    moveBetweenScales(layout, camera.y + view.height / 2, camera.row, row);
  const xOf = (camera: Camera): number => (camera.x + view.width / 2) / columnWidth(camera.row, view);
  const y = yOf(from) + (yOf(to) - yOf(from)) * t - view.height / 2;
  const x = (xOf(from) + (xOf(to) - xOf(from)) * t) * columnWidth(row, view) - view.width / 2;
  return clampCamera({ row, x, y }, layout, view);
}
