import { formatPage } from '#shared/memory/page.ts';
import { intersectRanges, type PageRange, rangePages } from '#shared/memory/range.ts';
import { formatPages, plural } from '../../ui/format.ts';
import { cellOf } from '../geometry/hilbert.ts';
import type { HilbertLayout } from '../geometry/hilbert-layout.ts';
import type { OverlayScene } from './scene.ts';
import { elide, shortName } from './gutter.ts';

const PAD = 8;
const LINE = 16;

/** Squares that a run of pages fills: a run is cut into the few that begin at a multiple of their own size. */
export function squaresOf(
  layout: HilbertLayout,
  range: PageRange,
): { readonly x: number; readonly y: number; readonly side: number }[] {
  const part = intersectRanges(range, layout.vma);
  const squares: { x: number; y: number; side: number }[] = [];
  if (!part) return squares;
  const cell = { x: 0, y: 0 };
  const end = part.end - layout.vma.start;
  for (let d = part.start - layout.vma.start; d < end;) {
    let size = 1;
    while (d % (size * 4) === 0 && d + size * 4 <= end) size *= 4;
    const side = Math.sqrt(size);
    cellOf(layout.order, d, cell);
    squares.push({ x: Math.floor(cell.x / side) * side, y: Math.floor(cell.y / side) * side, side });
    d += size;
  }
  return squares;
}

/** Draws the labels beside the square: name, addresses and size of the mapping. */
export function drawHilbertLabels(
  { context, colours, gutter, view }: OverlayScene,
  layout: HilbertLayout,
): void {
  const { vma } = layout;
  context.fillStyle = colours.hairline;
  context.fillRect(gutter - 1, 0, 1, view.height);
  const lines: (readonly [string, string, string])[] = [
    [shortName(vma), `600 12px ${colours.sans}`, colours.text],
    [formatPage(vma.start), `11px ${colours.mono}`, colours.dim],
    [formatPage(vma.end), `11px ${colours.mono}`, colours.dim],
    [
      `${formatPages(rangePages(vma))}, ${plural(rangePages(vma), 'page')}`,
      `11px ${colours.sans}`,
      colours.dim,
    ],
    ['', '', ''],
    ['Hilbert curve from the top', `11px ${colours.sans}`, colours.faint],
    ['left to the top right corner:', `11px ${colours.sans}`, colours.faint],
    ['pages with close addresses', `11px ${colours.sans}`, colours.faint],
    ['are close to each other.', `11px ${colours.sans}`, colours.faint],
  ];
  context.textAlign = 'left';
  lines.forEach(([text, font, colour], i) => {
    if (text === '') return;
    context.font = font;
    context.fillStyle = colour;
    context.fillText(elide(context, text, gutter - 2 * PAD), PAD, PAD + LINE * (i + 1) - 4);
  });
}

/** Smallest square of a range that has room for an outline, in pixels. */
const MIN_OUTLINED = 3;
/** Outlines drawn for one set of runs at most; more cannot be distinguished in one view. */
const MAX_SQUARES = 4000;

/** How a mark along the curve is drawn; `minSize`: squares below that many pixels are left out. */
interface SquareStyle {
  readonly colour: string;
  readonly dash?: number[];
  readonly minSize?: number;
}

/** Selected pages: outlined squares, so that no colour of a page changes. */
export function drawHilbertRange(scene: OverlayScene, layout: HilbertLayout, range: PageRange): void {
  drawSquares(scene, layout, [range], { colour: scene.colours.accent, minSize: MIN_OUTLINED });
}

/** What an operation reported: every page of it, however small. */
export function drawHilbertRuns(
  scene: OverlayScene,
  layout: HilbertLayout,
  runs: readonly PageRange[],
): void {
  drawSquares(scene, layout, runs, { colour: scene.colours.result });
}

/** A watched region: outlined with long dashes. */
export function drawHilbertWatched(scene: OverlayScene, layout: HilbertLayout, range: PageRange): void {
  drawSquares(scene, layout, [range], { colour: scene.colours.dim, dash: [7, 4], minSize: MIN_OUTLINED });
}

/** The pages that a call reset: outlined with short dashes. */
export function drawHilbertReset(scene: OverlayScene, layout: HilbertLayout, range: PageRange): void {
  drawSquares(scene, layout, [range], { colour: scene.colours.reset, dash: [3, 2], minSize: MIN_OUTLINED });
}

function drawSquares(
  { context, camera, view }: OverlayScene,
  layout: HilbertLayout,
  runs: readonly PageRange[],
  { colour, dash = [], minSize = 0 }: SquareStyle,
): void {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.setLineDash(dash);
  let drawn = 0;
  for (const run of runs) {
    for (const { x, y, side } of squaresOf(layout, run)) {
      const size = side * camera.row;
      const [left, top] = [x * camera.row - camera.x, y * camera.row - camera.y];
      const isInView = left < view.width && top < view.height && left + size > 0 && top + size > 0;
      if (size < minSize || !isInView) continue;
      context.strokeRect(left + 0.5, top + 0.5, Math.max(1, size - 1), Math.max(1, size - 1));
      if (++drawn === MAX_SQUARES) break;
    }
    if (drawn === MAX_SQUARES) break;
  }
  context.setLineDash([]);
}
