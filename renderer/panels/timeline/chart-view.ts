import { area, curveStepAfter, line, range as indexes, scaleLinear, stack } from 'd3';
import { TIMELINE_KINDS } from '#shared/contract/recording.ts';
import type { AppModel } from '../../model/app-model.ts';
import { CanvasView, fitCanvas } from '../../ui/canvas-view.ts';
import type { PixelBox } from '../../ui/device-pixels.ts';
import { msOf, type TimeSpan } from '../../stores/time-store.ts';
import type { TimelineRead } from '../../controllers/timeline.ts';
import { formatCount, formatPages } from '../../ui/format.ts';
import { timeTicks } from '../../ui/time.ts';
import { KINDS, peaksWithin, type Series, seriesOf, topOf } from './series.ts';

/** Ruler above the plot, below it the marks' lane if there are marks; operations in the plot's foot, labels at its left. */
export const RULER = 18;
export const MARK_LANE = 18;
export const GUTTER = 104;
const LANE = 8;
const TICK_ROOM = 72;
const LABEL_ROOM = 26;

export interface ChartSize {
  /** Size of the plot, in CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly ratio: number;
}

interface Colours {
  readonly kinds: readonly string[];
  readonly text: string;
  readonly faint: string;
  readonly hairline: string;
  readonly seam: string;
  readonly warn: string;
  readonly sans: string;
}

/** What the chart shows. */
type ChartModel = Pick<AppModel, 'raf' | 'time' | 'timeline'>;

/** The timeline's canvas: stacked areas, axes, ticks of the operations. Positions of everything above it. */
export class ChartView extends CanvasView {
  size: ChartSize = { width: 0, height: 0, ratio: 1 };
  series: Series | null = null;
  private whole = false;
  private marked = false;
  /** Size of the canvas, in CSS pixels. */
  private canvas: ChartSize = { width: 0, height: 0, ratio: 1 };
  private readonly model: ChartModel;
  private readonly context: CanvasRenderingContext2D | null;
  private colours: Colours | null = null;
  private read: TimelineRead | null = null;

  constructor(model: ChartModel, canvas: HTMLCanvasElement) {
    super(model.raf);
    this.model = model;
    this.context = canvas.getContext('2d');
    this.endWith(
      model.timeline.store.subscribe(() => this.invalidate()),
      model.time.subscribe((now, before) => {
        if (now.zoom !== before.zoom) this.invalidate();
      }),
    );
  }

  /** The theme changed. */
  forgetColours(): void {
    this.colours = null;
    this.invalidate();
  }

  /** Whether the scale reaches to the largest frame, at the cost of the others. */
  setWhole(whole: boolean): void {
    this.whole = whole;
    this.invalidate();
  }

  /** Whether there are marks, which have their own lane between ruler and plot. */
  setMarked(marked: boolean): void {
    this.marked = marked;
    this.layOut();
  }

  /** Pixels above the plot. */
  get top(): number {
    return RULER + (this.marked ? MARK_LANE : 0);
  }

  private layOut(): void {
    const { width, height, ratio } = this.canvas;
    this.size = { width: Math.max(0, width - GUTTER), height: Math.max(0, height - this.top), ratio };
    this.invalidate();
  }

  /** What the axis spans, in ms. */
  get span(): TimeSpan {
    const { zoom } = this.model.time.getState();
    const { read, available } = this.model.timeline.store.getState();
    return zoom ?? read ?? available ?? { start: 0, end: 1 };
  }

  /** Pixels from the plot's left edge. */
  xOf(time: number): number {
    const { start, end } = this.span;
    return ((time - start) / Math.max(1e-6, end - start)) * this.size.width;
  }

  timeAt(x: number): number {
    const { start, end } = this.span;
    return start + (Math.min(this.size.width, Math.max(0, x)) / Math.max(1, this.size.width)) * (end - start);
  }

  protected get isVisible(): boolean {
    return this.size.width > 0 && this.size.height > 0;
  }

  /** @param sizes of the canvas: plot, ruler and labels */
  protected resize(ratio: number, [whole]: readonly PixelBox[]): void {
    if (!whole) return;
    this.canvas = { width: whole.width, height: whole.height, ratio };
    if (this.context) fitCanvas(this.context.canvas, whole.deviceWidth, whole.deviceHeight);
    this.layOut();
  }

  /** Nothing moves by itself. */
  protected advance(): boolean {
    return false;
  }

  protected paint(): void {
    const { context, size } = this;
    if (!context) return;
    const { read } = this.model.timeline.store.getState();
    if (read !== this.read) {
      this.read = read;
      this.series = read && seriesOf(read);
    }
    this.colours ??= coloursOf(context.canvas);
    context.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.translate(GUTTER, this.top);
    this.drawTimes(context, this.colours);
    if (this.series) this.drawSeries(context, this.colours, this.series);
    this.drawOperations(context, this.colours);
  }

  private drawTimes(context: CanvasRenderingContext2D, colours: Colours): void {
    const { width, height } = this.size;
    const { start, end } = this.span;
    context.font = `10.5px ${colours.sans}`;
    context.textAlign = 'left';
    for (const { time, text } of timeTicks(start, end, Math.max(1, Math.floor(width / TICK_ROOM)))) {
      const x = Math.round(this.xOf(time));
      context.fillStyle = colours.hairline;
      context.fillRect(x, -this.top, 1, height + this.top);
      context.fillStyle = colours.faint;
      if (x + 40 < width) context.fillText(text, x + 4, RULER - this.top - 6);
    }
    context.fillStyle = colours.hairline;
    context.fillRect(0, -1, width, 1);
    if (this.marked) context.fillRect(0, RULER - this.top - 1, width, 1);
    context.fillRect(-1, -this.top, 1, height + this.top);
  }

  private drawSeries(context: CanvasRenderingContext2D, colours: Colours, series: Series): void {
    const { width, height } = this.size;
    const foot = height - LANE;
    const { buckets, mean, peak, known } = series;
    // Scaled to what is in view: the axis may show a part of what was read.
    const seen = peaksWithin(series, this.span.start, this.span.end);
    const y = scaleLinear()
      .domain([0, this.whole ? Math.max(1, ...seen) : topOf(seen)])
      .nice(3)
      .range([foot, 5]);
    const top = y.domain()[1] ?? 1;
    // The axis may have moved on since the values were read: they are drawn where they belong.
    const wide = (series.end - series.start) / buckets;
    const x = (bucket: number): number => this.xOf(series.start + bucket * wide);
    this.drawValues(context, colours, y);

    context.save();
    context.beginPath();
    context.rect(0, 0, width, height);
    context.clip();
    // One more than there are buckets: a step ends where the next begins.
    const points = indexes(buckets + 1);
    const at = (bucket: number): number => Math.min(buckets - 1, bucket);
    const isKnown = (bucket: number): boolean => (known[at(bucket)] ?? 0) === 1;
    const layers = stack<number, number>()
      .keys(indexes(KINDS))
      .value((bucket, kind) => mean[at(bucket) * KINDS + kind] ?? 0)(points);
    for (const layer of layers) {
      context.beginPath();
      area<(typeof layer)[number]>()
        .defined(({ data }) => isKnown(data))
        .x(({ data }) => x(data))
        .y0(([low]) => y(low))
        .y1(([, high]) => y(high))
        .curve(curveStepAfter)
        .context(context)(layer);
      context.fillStyle = colours.kinds[layer.key] ?? colours.faint;
      context.fill();
    }
    // Where a bucket joins several frames, the largest of them.
    context.beginPath();
    line<number>()
      .defined(isKnown)
      .x(x)
      .y((bucket) => y(peak[at(bucket)] ?? 0))
      .curve(curveStepAfter)
      .context(context)(points);
    context.strokeStyle = colours.text;
    context.globalAlpha = 0.55;
    context.lineWidth = 1;
    context.stroke();
    context.globalAlpha = 1;
    // What goes beyond the scale has a cap: the edge is not its height.
    context.fillStyle = colours.warn;
    for (let b = 0; b < buckets; b++) {
      if (isKnown(b) && (peak[b] ?? 0) > top) context.fillRect(x(b), 0, Math.max(1, x(b + 1) - x(b)), 3);
    }
    context.restore();
  }

  private drawValues(
    context: CanvasRenderingContext2D,
    colours: Colours,
    y: (value: number) => number,
  ): void {
    const { width, height } = this.size;
    const scale = y as ReturnType<typeof scaleLinear<number>>;
    context.textAlign = 'right';
    const ticks = scale.ticks(Math.max(1, Math.floor(height / LABEL_ROOM))).filter(Number.isInteger);
    for (const pages of ticks) {
      const at = Math.round(y(pages));
      context.fillStyle = colours.hairline;
      context.fillRect(0, at, width, 1);
      context.fillStyle = pages === 0 ? colours.faint : colours.text;
      const text = pages === 0 ? '0 pages' : `${formatCount(pages)} · ${formatPages(pages)}`;
      context.fillText(text, -8, Math.max(8, at + 4));
    }
  }

  private drawOperations(context: CanvasRenderingContext2D, colours: Colours): void {
    const { width, height } = this.size;
    const { operations, processEvents } = this.model.timeline.store.getState();
    context.fillStyle = colours.seam;
    context.fillRect(0, height - LANE, width, 1);
    context.fillStyle = colours.text;
    let last = -Infinity;
    for (const { timeNs } of operations) {
      const x = Math.round(this.xOf(msOf(timeNs)));
      // Several in one pixel are one tick.
      if (x === last || x < -4 || x > width + 4) continue;
      last = x;
      context.beginPath();
      context.moveTo(x, height - LANE + 1);
      context.lineTo(x + 4, height);
      context.lineTo(x - 4, height);
      context.fill();
    }
    // What happened to the program by itself: diamonds, unlike the triangles of operations.
    context.fillStyle = colours.warn;
    last = -Infinity;
    for (const { timeNs } of processEvents) {
      const x = Math.round(this.xOf(msOf(timeNs)));
      if (x === last || x < -4 || x > width + 4) continue;
      last = x;
      const middle = height - LANE / 2;
      context.beginPath();
      context.moveTo(x, middle - 4);
      context.lineTo(x + 4, middle);
      context.lineTo(x, middle + 4);
      context.lineTo(x - 4, middle);
      context.fill();
    }
  }
}

function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    kinds: TIMELINE_KINDS.map((kind) => token(`--kind-${kind}`)),
    text: token('--text-dim'),
    faint: token('--text-faint'),
    hairline: token('--hairline'),
    seam: token('--hairline-strong'),
    warn: token('--warn'),
    sans: token('--sans'),
  };
}
