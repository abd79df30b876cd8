import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { scaleOf } from '../geometry/band-layout.ts';
import { columnWidth } from '../geometry/camera.ts';
import type { HilbertLayout } from '../geometry/hilbert-layout.ts';
import { elide } from './gutter.ts';
import { squaresOf } from './hilbert.ts';
import { type Part, partsInView, shape } from './marks.ts';
import type { OverlayScene } from './scene.ts';

/** A range with the name that the user gave it. */
export interface NamedPages {
  readonly range: { readonly name: string };
  readonly pages: PageRange;
}

/** Parts drawn at most; more cannot be distinguished in one view. */
const MAX_DRAWN = 2000;
/** From this row height on there is an outline; below it, a bar. */
const OUTLINE_FROM = 3;
/** From this row height on the name has room. */
const NAME_FROM = 15;
const MIN_NAME_WIDTH = 28;
const MAX_NAME_WIDTH = 220;
const BAR = 3;

/** Named ranges: outlined inside their mappings, with a bar at the left and the name if there is room. */
export function drawNamed(scene: OverlayScene, ranges: readonly NamedPages[]): void {
  const { context, colours, camera } = scene;
  const isOutlined = scaleOf(camera.row).row >= OUTLINE_FROM;
  let drawn = 0;
  for (const { range, pages } of ranges) {
    for (const [i, part] of partsInView(scene, pages).entries()) {
      if (++drawn > MAX_DRAWN) return;
      context.strokeStyle = context.fillStyle = colours.named;
      context.lineWidth = 1;
      const box = boxOf(scene, part);
      context.fillRect(box.left, box.top, Math.min(BAR, box.width), box.height);
      if (!isOutlined) continue;
      shape(scene, part);
      context.stroke();
      if (i === 0 && part.start === pages.start) drawName(scene, range.name, box);
    }
  }
}

/** Named ranges on a Hilbert curve: outlined squares. */
export function drawHilbertNamed(
  { context, colours, camera }: OverlayScene,
  layout: HilbertLayout,
  ranges: readonly NamedPages[],
): void {
  context.strokeStyle = colours.named;
  context.lineWidth = 1;
  let drawn = 0;
  for (const { pages } of ranges)
    for (const { x, y, side } of squaresOf(layout, pages)) {
      const size = side * camera.row;
      if (size < OUTLINE_FROM || ++drawn > MAX_DRAWN) continue;
      context.strokeRect(
        x * camera.row - camera.x + 0.5,
        y * camera.row - camera.y + 0.5,
        size - 1,
        size - 1,
      );
    }
}

interface Box {
  readonly left: number;
  readonly top: number;
  /** Width of its first row. */
  readonly width: number;
  readonly height: number;
}

function boxOf({ layout, camera, view }: OverlayScene, { start, end, segment }: Part): Box {
  const scale = scaleOf(camera.row);
  const width = columnWidth(camera.row, view);
  const yOf = (page: number): number =>
    layout.top(segment, scale) + (tileOfPage(page) - segment.firstTile) * scale.row - camera.y;
  const isOneRow = tileOfPage(start) === tileOfPage(end - 1);
  const column = start % PAGES_PER_TILE;
  const columns = (isOneRow ? end - start : PAGES_PER_TILE - column) * width;
  const top = Math.round(yOf(start));
  return {
    left: Math.round(column * width - camera.x),
    top,
    width: Math.max(1, columns),
    height: Math.max(2, Math.round(yOf(end - 1) + scale.row) - top),
  };
}

/** Draws the name with a background, at the top of the first row. */
function drawName({ context, colours, camera, view }: OverlayScene, name: string, box: Box): void {
  const left = Math.max(0, box.left) + BAR + 1;
  const room = Math.min(box.left + box.width, view.width) - left - 2;
  if (scaleOf(camera.row).row < NAME_FROM || room < MIN_NAME_WIDTH) return;
  context.font = `10px ${colours.sans}`;
  context.textAlign = 'left';
  const text = elide(context, name, Math.min(room, MAX_NAME_WIDTH) - 6);
  context.fillStyle = colours.background;
  context.fillRect(left, box.top + 1, context.measureText(text).width + 6, 13);
  context.fillStyle = colours.text;
  context.fillText(text, left + 3, box.top + 11);
}
