import { lowerBound } from '#shared/memory/lower-bound.ts';
import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import { intersectRanges, type PageRange } from '#shared/memory/range.ts';
import { columnWidth } from '../geometry/camera.ts';
import type { Rect } from '../geometry/hit-test.ts';
import { HugeMark, type HugeMarks } from './huge-marks.ts';
import { scaleOf, type Segment } from '../geometry/band-layout.ts';
import type { OverlayScene } from './scene.ts';
import type { Pen } from './pen.ts';

/** Outlines drawn for one result at most; more cannot be distinguished in one view. */
const RUNS_DRAWN = 4000;
/** From this row height on a huge page has room for an outline. */
const HUGE_FROM = 5;
/** From this row height on a split one is labelled. */
const SPLIT_TEXT_FROM = 14;
/** Width of the bar in place of an outline. */
const BAR = 3;

/** Widths of the selection's line and of its background, which separates it from any heat. */
const LINE = 1.5;
const GROUND = 3.5;

/** The selected pages: outlined as one shape a band, so that no colour of a page changes. */
export function drawRange(scene: OverlayScene, range: PageRange): void {
  const { context, layout, camera, view } = scene;
  const scale = scaleOf(camera.row);
  if (scale.row < 2 && tileOfPage(range.end - 1) > tileOfPage(range.start)) {
    // In a zoomed-out view a range is an interval of the map's height.
    const top = layout.yOf(range.start, scale) - camera.y;
    const height = Math.max(2, layout.yOf(range.end - 1, scale) + scale.row - camera.y - top);
    outlined(scene, () => context.strokeRect(0.75, top, view.width - 1.5, height));
    return;
  }
  const parts = partsInView(scene, range);
  outlined(scene, () => {
    for (const part of parts) {
      shape(scene, part);
      context.stroke();
    }
  });
}

/** Draws lines twice: a background in the surface's colour, then the accent. */
function outlined({ context, colours }: OverlayScene, draw: () => void): void {
  context.strokeStyle = colours.background;
  context.lineWidth = GROUND;
  draw();
  context.strokeStyle = colours.accent;
  context.lineWidth = LINE;
  draw();
}

/** What an operation reported. */
export function drawRuns(scene: OverlayScene, runs: readonly PageRange[]): void {
  const { context, colours, layout, camera, view } = scene;
  const scale = scaleOf(camera.row);
  const first = layout.segments[Math.max(0, layout.segmentAt(camera.y, scale))];
  if (!first) return;
  context.strokeStyle = colours.result;
  context.lineWidth = 1;
  const start = first.firstTile * PAGES_PER_TILE;
  const from = lowerBound(0, runs.length, (i) => (runs[i]?.end ?? 0) > start);
  for (let i = from, drawn = 0; i < runs.length && drawn < RUNS_DRAWN; i++) {
    const run = runs[i];
    if (!run || layout.yOf(run.start, scale) - camera.y >= view.height) break;
    for (const part of partsInView(scene, run)) {
      shape(scene, part);
      context.stroke();
      drawn++;
    }
  }
}

/** What the current sub-step concerns: outlined in the colour of the step player; a single page with a ring around it. */
export function drawLit(
  scene: OverlayScene,
  lit: readonly PageRange[],
  rectOf: (page: number) => Rect | null,
): void {
  const { context, colours } = scene;
  context.strokeStyle = colours.lit;
  context.lineWidth = 2;
  for (const range of lit.slice(0, RUNS_DRAWN)) {
    if (range.end - range.start === 1) {
      const rect = rectOf(range.start);
      if (!rect) continue;
      const size = Math.max(rect.width, rect.height, 5) + 6;
      const [x, y] = [rect.x + rect.width / 2, rect.y + rect.height / 2];
      context.strokeRect(x - size / 2, y - size / 2, size, size);
      continue;
    }
    for (const part of partsInView(scene, range)) {
      shape(scene, part);
      context.stroke();
    }
  }
}

/** A watched region: outlined with long dashes. */
export function drawWatched(scene: OverlayScene, range: PageRange): void {
  dashed(scene, range, scene.colours.dim, [7, 4]);
}

/** The pages that a call reset: outlined with short dashes. */
export function drawReset(scene: OverlayScene, range: PageRange): void {
  dashed(scene, range, scene.colours.reset, [3, 2]);
}

function dashed(scene: OverlayScene, range: PageRange, colour: string, dash: number[]): void {
  if (range.end <= range.start) return;
  const { context } = scene;
  context.strokeStyle = colour;
  context.lineWidth = LINE;
  context.setLineDash(dash);
  for (const part of partsInView(scene, range)) {
    shape(scene, part);
    context.stroke();
  }
  context.setLineDash([]);
}

/** A frame around `rect`, if that is in view. */
export function drawFrame({ context, view }: OverlayScene, rect: Rect | null, colour: string): void {
  if (!rect || rect.y > view.height || rect.y + rect.height < 0) return;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  // Never too small to be seen.
  const width = Math.max(5, rect.width);
  const height = Math.max(5, rect.height);
  const x = rect.x + rect.width / 2 - width / 2;
  const y = rect.y + rect.height / 2 - height / 2;
  context.strokeRect(Math.round(x) - 0.5, Math.round(y) - 0.5, Math.round(width) + 1, Math.round(height) + 1);
}

/**
 * Huge pages: one outline a tile, dashed if the tile was split. If rows are too low for that, a bar at their left,
 * with gaps for split ones.
 */
export function drawHuge(scene: OverlayScene, marks: HugeMarks): void {
  if (marks.size === 0) return;
  const { context, colours, layout, camera, view } = scene;
  const scale = scaleOf(camera.row);
  context.strokeStyle = colours.dim;
  context.fillStyle = colours.dim;
  context.lineWidth = 1;
  const width = columnWidth(camera.row, view) * PAGES_PER_TILE;
  const bars = new Uint8Array(Math.ceil(view.height) + 1);
  for (let s = Math.max(0, layout.segmentAt(camera.y, scale)); s < layout.segments.length; s++) {
    const segment = layout.segments[s];
    if (!segment) break;
    const top = layout.top(segment, scale) - camera.y;
    if (top >= view.height) break;
    for (let row = Math.max(0, Math.floor(-top / scale.row)); row < segment.rows; row++) {
      const y = top + row * scale.row;
      if (y >= view.height) break;
      const mark = marks.of(segment.firstTile + row);
      if (mark === HugeMark.None) continue;
      if (scale.row < HUGE_FROM) {
        for (let line = Math.max(0, Math.floor(y)); line < Math.max(y + 1, y + scale.row); line++) {
          bars[line] = Math.max(bars[line] ?? 0, mark);
        }
        continue;
      }
      const split = mark === HugeMark.Split;
      context.setLineDash(split ? [4, 3] : []);
      const height = Math.round(y + scale.row) - Math.round(y) - 2;
      context.strokeRect(-camera.x + 0.5, Math.round(y) + 0.5, width - 1, height);
      if (split && scale.row >= SPLIT_TEXT_FROM) drawSplitFlag(scene, Math.round(y), scale.row);
    }
  }
  context.setLineDash([]);
  if (scale.row < HUGE_FROM) drawBars(context, bars);
}

function drawBars(context: Pen, bars: Uint8Array): void {
  for (let y = 0; y < bars.length;) {
    const mark = bars[y] ?? 0;
    let end = y + 1;
    while (end < bars.length && bars[end] === mark) end++;
    if (mark === HugeMark.Huge) context.fillRect(0, y, BAR, end - y);
    // A split one in a row of them still has a gap: two lines on, two off.
    if (mark === HugeMark.Split)
      for (let at = y; at < end; at += 4) context.fillRect(0, at, BAR, Math.min(2, end - at));
    y = end;
  }
}

/** The label, with a background, at the right end of the row in view. */
function drawSplitFlag({ context, colours, view }: OverlayScene, top: number, height: number): void {
  context.font = `10px ${colours.sans}`;
  context.textAlign = 'right';
  const width = context.measureText('split').width + 8;
  context.fillStyle = colours.background;
  context.fillRect(view.width - width - 2, top + 1, width, Math.min(14, height - 3));
  context.fillStyle = colours.dim;
  context.fillText('split', view.width - 6, top + 11);
  context.textAlign = 'left';
}

export interface Part extends PageRange {
  readonly segment: Segment;
}

/** The parts of `range` in view, one a segment; what is unmapped at a part's ends is left out. */
export function partsInView({ layout, camera, view }: OverlayScene, range: PageRange): Part[] {
  const scale = scaleOf(camera.row);
  const found: Part[] = [];
  const last = tileOfPage(range.end - 1);
  for (let s = layout.firstEndingAfter(tileOfPage(range.start)); s < layout.segments.length; s++) {
    const segment = layout.segments[s];
    if (!segment || segment.firstTile > last) break;
    const top = layout.top(segment, scale) - camera.y;
    if (top >= view.height) break;
    if (top + segment.rows * scale.row <= 0) continue;
    const end = (segment.firstTile + segment.rows) * PAGES_PER_TILE;
    const part = intersectRanges(range, { start: segment.firstTile * PAGES_PER_TILE, end });
    if (part) found.push({ ...part, segment });
  }
  return found;
}

/** Traces a part: a rectangle, or the stair of a text selection. */
export function shape({ context, layout, camera, view }: OverlayScene, part: Part): void {
  const scale = scaleOf(camera.row);
  const width = columnWidth(camera.row, view);
  const { segment } = part;
  const rowOf = (page: number): number => tileOfPage(page) - segment.firstTile;
  const yOf = (row: number): number => layout.top(segment, scale) + row * scale.row - camera.y;
  const xOf = (column: number): number => column * width - camera.x;
  const [firstRow, lastRow] = [rowOf(part.start), rowOf(part.end - 1)];
  const left = xOf(part.start % PAGES_PER_TILE);
  const right = xOf(((part.end - 1) % PAGES_PER_TILE) + 1);
  const [top, bottom] = [yOf(firstRow), yOf(lastRow + 1)];
  context.beginPath();
  if (firstRow === lastRow) {
    context.rect(left, top, Math.max(1, right - left), Math.max(1, bottom - top));
    return;
  }
  const [start, end] = [xOf(0), xOf(PAGES_PER_TILE)];
  context.moveTo(left, top);
  context.lineTo(end, top);
  context.lineTo(end, yOf(lastRow));
  context.lineTo(right, yOf(lastRow));
  context.lineTo(right, bottom);
  context.lineTo(start, bottom);
  context.lineTo(start, yOf(firstRow + 1));
  context.lineTo(left, yOf(firstRow + 1));
  context.closePath();
}
