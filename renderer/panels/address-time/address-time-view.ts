import type { PageRange } from '#shared/memory/range.ts';
import { untouchedRanges } from '../../heatmap/geometry/fold.ts';
import { OverlayColours } from '../../heatmap/overlay/scene.ts';
import { type Palette, paletteOf } from '../../heatmap/paint/palette.ts';
import type { AppModel } from '../../model/app-model.ts';
import { CanvasView, fitCanvas } from '../../ui/canvas-view.ts';
import type { PixelBox } from '../../ui/device-pixels.ts';
import type { TimeSpan } from '../../stores/time-store.ts';
import { AddressAxis } from './address-axis.ts';
import { AxisBuckets, heatOfCount } from './axis-buckets.ts';
import { GridPainter } from './grid-painter.ts';
import { drawOverlay, type Area } from './overlay.ts';
import { type HistoryRead, WrittenHistory } from './written-history.ts';

/** The axis follows new mappings at most this often: every change of it counts all pages again. */
const RELAYOUT_INTERVAL_MS = 500;
/** How often a live session is read. */
const REFRESH_INTERVAL_MS = 500;
/** Minimum time that the panel shows of a live session. */
const MIN_SPAN_MS = 5_000;
/** More intervals than this cost more than they show. */
const MAX_COLUMNS = 1024;

const NOWHERE = new AddressAxis([], [], null, 0);

/** The state that is shown, and that pointer and keys change. */
export type AddressTimeModel = Pick<
  AppModel,
  'frames' | 'link' | 'playback' | 'raf' | 'selection' | 'session' | 'time' | 'timeline' | 'view'
>;

/** Address against time, apart from React: axes, what is read, what is painted when. Exists while its canvases do. */
export class AddressTimeView extends CanvasView {
  area: Area = { width: 0, height: 0, gutter: 0, foot: 0, ratio: 1 };
  readonly model: AddressTimeModel;
  private readonly pages: CanvasRenderingContext2D | null;
  private readonly overlay: CanvasRenderingContext2D | null;
  private readonly history: WrittenHistory;
  private readonly painter = new GridPainter();
  private readonly timer: ReturnType<typeof setInterval>;
  private palette: Palette = paletteOf('dark', 'cividis');
  private colours: OverlayColours | null = null;
  private within: PageRange | null = null;
  private image: ImageData | null = null;
  /** Axis and buckets of the latest mappings; what is drawn has the axis it was read with. */
  private latest = { axis: NOWHERE, buckets: new AxisBuckets(NOWHERE, 1) };
  private axisStale = true;
  private axisMade = -Infinity;
  private later: ReturnType<typeof setTimeout> | null = null;

  constructor(model: AddressTimeModel, pages: HTMLCanvasElement, overlay: HTMLCanvasElement) {
    super(model.raf);
    this.model = model;
    this.pages = pages.getContext('2d');
    this.overlay = overlay.getContext('2d');
    this.history = new WrittenHistory(model, () => this.invalidate());
    const changed = (): void => this.invalidate();
    this.endWith(
      model.frames.listen({
        applied: (_slots, vmas) => {
          if (vmas || this.latest.axis.pages === 0) this.axisStale = true;
          // Samples that are asked for one by one.
          if (!model.timeline.goesOn && !model.playback.state) this.readAgain();
          model.raf.request(this);
        },
        reset: () => {
          this.history.forget();
          this.relayout();
        },
      }),
      model.selection.subscribe(changed),
      model.time.subscribe((now, before) => {
        if (now.zoom !== before.zoom) this.readAgain();
        this.invalidate();
      }),
      model.view.subscribe((now, before) => {
        if (now.fold !== before.fold) this.relayout();
      }),
    );
    this.timer = setInterval(() => {
      if (model.timeline.goesOn) this.readAgain();
    }, REFRESH_INTERVAL_MS);
  }

  override dispose(): void {
    super.dispose();
    clearInterval(this.timer);
    this.history.forget();
    if (this.later !== null) clearTimeout(this.later);
  }

  setColours(theme: 'dark' | 'light', map: Parameters<typeof paletteOf>[1]): void {
    this.palette = paletteOf(theme, map);
    this.colours = null;
    this.invalidate();
  }

  /** The part of the address space that is shown; null: all of it. */
  setWithin(within: PageRange | null): void {
    this.within = within;
    this.relayout();
  }

  /** What was read last; null before the first answer. */
  get read(): HistoryRead | null {
    return this.history.read;
  }

  get failure(): string | null {
    return this.history.failure;
  }

  get axis(): AddressAxis {
    return this.read?.query.axis ?? this.latest.axis;
  }

  get buckets(): AxisBuckets {
    return this.read?.query.buckets ?? this.latest.buckets;
  }

  /** The time that the panel shows. */
  get span(): TimeSpan {
    const { zoom } = this.model.time.getState();
    if (zoom) return zoom;
    const { start, end } = this.read?.available ?? { start: 0, end: 0 };
    const min = this.model.playback.state ? 0 : MIN_SPAN_MS;
    return { start, end: Math.max(end, start + Math.max(1, min)) };
  }

  xOf(time: number): number {
    const { start, end } = this.span;
    return ((time - start) / Math.max(1e-6, end - start)) * this.area.width;
  }

  /** The pages of the dot at `y`; in a gap those nearest below. */
  pagesAt(y: number): PageRange | null {
    const bucket = this.buckets.onRow(Math.floor(y * this.area.ratio));
    return bucket >= 0 ? this.buckets.range(bucket) : this.axis.pagesAt(y);
  }

  timeAt(x: number): number {
    const { start, end } = this.span;
    return start + (x / Math.max(1, this.area.width)) * (end - start);
  }

  protected get isVisible(): boolean {
    return this.area.width > 0 && this.area.height > 0;
  }

  /** @param sizes of the plot, and of the plot with its labels */
  protected resize(ratio: number, [plot, whole]: readonly PixelBox[]): void {
    if (!plot || !whole) return;
    this.area = {
      width: plot.width,
      height: plot.height,
      gutter: (whole.deviceWidth - plot.deviceWidth) / ratio,
      foot: (whole.deviceHeight - plot.deviceHeight) / ratio,
      ratio,
    };
    if (this.pages) fitCanvas(this.pages.canvas, plot.deviceWidth, plot.deviceHeight);
    if (this.overlay) fitCanvas(this.overlay.canvas, whole.deviceWidth, whole.deviceHeight);
    this.relayout();
  }

  protected advance(now: number): boolean {
    if (this.axisStale) this.settle(now);
    return false;
  }

  protected paint(): void {
    this.paintPages();
    this.colours ??= this.overlay ? new OverlayColours(this.overlay.canvas) : null;
    if (this.overlay && this.colours) drawOverlay(this.overlay, this.colours, this);
    this.showWhetherCurrent();
  }

  /** For tests that read the picture: `data-current` is true if nothing newer is about to replace it. */
  private showWhetherCurrent(): void {
    const place = this.pages?.canvas.parentElement;
    if (place) place.dataset.current = String(!this.axisStale && !this.history.isReading);
  }

  private relayout(): void {
    this.axisStale = true;
    this.axisMade = -Infinity;
    this.invalidate();
  }

  /** Asks for what is to be shown now. */
  private readAgain(): void {
    const { axis, buckets } = this.latest;
    if (axis.pages === 0) return;
    const { zoom } = this.model.time.getState();
    const intervals = Math.min(MAX_COLUMNS, Math.floor(this.area.width * this.area.ratio));
    this.history.request({ range: zoom, intervals, axis, buckets });
    this.showWhetherCurrent();
  }

  private settle(now: number): void {
    const wait = this.axisMade + RELAYOUT_INTERVAL_MS - now;
    if (wait > 0) {
      this.later ??= setTimeout(() => {
        this.later = null;
        this.model.raf.request();
      }, wait);
      return;
    }
    this.axisStale = false;
    this.axisMade = now;
    const { frames, view } = this.model;
    const known = [...frames.table.tiles].sort((a, b) => a - b);
    const folded = view.getState().fold ? untouchedRanges(frames.vmas, known) : [];
    const { height, ratio } = this.area;
    const axis = new AddressAxis(frames.vmas, folded, this.within, height);
    const buckets = new AxisBuckets(axis, ratio);
    const { latest } = this;
    if (axis.equals(latest.axis) && buckets.rows.length === latest.buckets.rows.length && this.read) return;
    this.latest = { axis, buckets };
    this.readAgain();
  }

  private paintPages(): void {
    const { pages, palette, read, buckets } = this;
    if (!pages) return;
    const { width, height } = pages.canvas;
    if (this.image?.width !== width || this.image.height !== height)
      this.image = new ImageData(width, height);
    const { ratio } = this.area;
    this.painter.paint(
      new Uint32Array(this.image.data.buffer),
      width,
      height,
      read,
      palette,
      (count) => heatOfCount(count, buckets.capacity),
      (time) => this.xOf(time) * ratio,
    );
    pages.putImageData(this.image, 0, 0);
  }
}
