import { findVma } from '#shared/memory/vma.ts';
import { drawGutterLabel } from '../../heatmap/overlay/gutter.ts';
import type { OverlayColours } from '../../heatmap/overlay/scene.ts';
import { distinctStartDigits } from '../../ui/address-digits.ts';
import { timeTicks } from '../../ui/time.ts';
import type { AppModel } from '../../model/app-model.ts';
import type { TimeSpan } from '../../stores/time-store.ts';
import type { AddressAxis } from './address-axis.ts';

const LINE = 14;
const TICK_ROOM = 72;

/** Where things are drawn, in CSS pixels; `ratio`: device pixels in one. */
export interface Area {
  readonly width: number;
  readonly height: number;
  /** Labels at the left, times below. */
  readonly gutter: number;
  readonly foot: number;
  readonly ratio: number;
}

/** What the overlay needs from the view below it. */
interface OverlaidView {
  readonly model: Pick<AppModel, 'frames' | 'selection' | 'time'>;
  readonly axis: AddressAxis;
  readonly area: Area;
  readonly span: TimeSpan;
  xOf(time: number): number;
}

/** Labels of both axes, the selected pages, the position, what is under the pointer. */
export function drawOverlay(
  context: CanvasRenderingContext2D,
  colours: OverlayColours,
  view: OverlaidView,
): void {
  const { width, height, gutter, foot, ratio } = view.area;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width + gutter, height + foot);
  drawAddresses(context, colours, view);
  drawTimes(context, colours, view);
  context.save();
  context.beginPath();
  context.rect(gutter, 0, width, height);
  context.clip();
  context.translate(gutter, 0);
  drawMarks(context, colours, view);
  context.restore();
}

/** A label a span, the largest first; those that would touch another are left out. */
function drawAddresses(
  context: CanvasRenderingContext2D,
  colours: OverlayColours,
  { axis, area, model }: OverlaidView,
): void {
  const { gutter, height } = area;
  context.fillStyle = colours.hairline;
  context.fillRect(gutter - 1, 0, 1, height);
  const taken: number[] = [];
  const { vmas } = model.frames;
  const spans = [...axis.spans].sort((a, b) => b.end - b.start - (a.end - a.start));
  const digits = distinctStartDigits(spans.map(({ start }) => start));
  for (const span of spans) {
    const y = Math.min(axis.top(span), height - LINE);
    if (taken.some((other) => Math.abs(other - y) < LINE)) continue;
    taken.push(y);
    drawGutterLabel(context, colours, gutter, vmas[findVma(vmas, span.start)], span.start, digits, y);
    if (taken.length * LINE > height) break;
  }
}

function drawTimes(context: CanvasRenderingContext2D, colours: OverlayColours, view: OverlaidView): void {
  const { width, height, gutter } = view.area;
  const { start, end } = view.span;
  context.fillStyle = colours.hairline;
  context.fillRect(gutter, height, width, 1);
  context.font = `10.5px ${colours.sans}`;
  for (const { time, text } of timeTicks(start, end, Math.max(1, Math.floor(width / TICK_ROOM)))) {
    const x = gutter + view.xOf(time);
    const room = context.measureText(text).width;
    context.fillStyle = colours.seam;
    context.fillRect(Math.round(x), height, 1, 4);
    context.fillStyle = colours.faint;
    context.textAlign = 'center';
    if (time >= 0) context.fillText(text, Math.min(gutter + width - room / 2, x), height + 14);
  }
}

function drawMarks(context: CanvasRenderingContext2D, colours: OverlayColours, view: OverlaidView): void {
  const { width, height } = view.area;
  const { range, cursor, hover } = view.model.selection.getState();
  const time = view.model.time.getState();
  const selected = range ? view.axis.extent(range) : null;
  if (selected) {
    context.fillStyle = colours.accent;
    context.fillRect(0, Math.round(selected.from) - 1, width, 1);
    context.fillRect(0, Math.round(selected.from + Math.max(2, selected.to - selected.from)), width, 1);
  }
  const lineAt = (ms: number, colour: string): void => {
    context.fillStyle = colour;
    context.fillRect(Math.round(view.xOf(ms)) - 0.5, 0, 1, height);
  };
  if (time.hover !== null) lineAt(time.hover, colours.hover);
  if (hover !== null) drawAcross(context, view, hover, colours.hover);
  if (time.cursor !== null) lineAt(time.cursor, colours.accent);
  if (cursor !== null) drawAcross(context, view, cursor, colours.accent);
}

/** The page's line, dashed, so that it cannot be taken for data. */
function drawAcross(
  context: CanvasRenderingContext2D,
  view: OverlaidView,
  page: number,
  colour: string,
): void {
  const y = view.axis.yOf(page);
  if (y === null) return;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.setLineDash([2, 4]);
  context.beginPath();
  context.moveTo(0, Math.round(y + view.axis.scale / 2) + 0.5);
  context.lineTo(view.area.width, Math.round(y + view.axis.scale / 2) + 0.5);
  context.stroke();
  context.setLineDash([]);
}
