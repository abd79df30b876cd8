import type { PageRange } from '#shared/memory/range.ts';
import type { StoreApi } from 'zustand/vanilla';
import { untouchedRanges } from '../../heatmap/fold.ts';
import { OverlayColours } from '../../heatmap/overlay-scene.ts';
import { type Palette, paletteOf, swatchIndex, SWATCHES } from '../../heatmap/palette.ts';
import type { HistoryEntry } from '../../session/frame-history.ts';
import type { Inspector } from '../../session/inspector.ts';
import type { RafClient } from '../../session/raf.ts';
import type { TimeSpan, TimeStore } from '../../session/time-store.ts';
import { AddressAxis } from './address-axis.ts';
import { HeatColumns } from './heat-columns.ts';
import { drawOverlay, type Area } from './overlay.ts';

/** The axis follows new mappings no oftener than this, in ms: every change of it counts all frames anew. */
const RELAYOUT_EVERY = 500;
/** Time that the panel shows at least, in ms. */
const LEAST_SPAN = 5_000;

/** Address against time, apart from React: axes, columns, what is painted when. Lives while its canvases do. */
export class AddressTimeView implements RafClient {
  axis = new AddressAxis([], [], null, 0);
  area: Area = { width: 0, height: 0, gutter: 0, foot: 0, ratio: 1 };
  readonly inspector: Inspector;
  private readonly time: StoreApi<TimeStore>;
  private readonly pages: CanvasRenderingContext2D | null;
  private readonly overlay: CanvasRenderingContext2D | null;
  private readonly columns = new HeatColumns();
  private readonly stops: (() => void)[];
  private palette: Palette = paletteOf('dark', 'cividis');
  private colours: OverlayColours | null = null;
  private within: PageRange | null = null;
  private image: ImageData | null = null;
  private heat = new Uint8Array(0);
  private axisStale = true;
  private axisMade = -Infinity;
  private later: ReturnType<typeof setTimeout> | null = null;
  private stale = true;

  constructor(inspector: Inspector, pages: HTMLCanvasElement, overlay: HTMLCanvasElement) {
    this.inspector = inspector;
    this.time = inspector.time;
    this.pages = pages.getContext('2d', { alpha: false });
    this.overlay = overlay.getContext('2d');
    const changed = (): void => this.invalidate();
    this.stops = [
      inspector.raf.add(this),
      inspector.frames.listen({
        applied: (_slots, vmas) => {
          if (vmas) this.axisStale = true;
          this.invalidate();
        },
        reset: () => this.relayout(),
      }),
      inspector.selection.subscribe(changed),
      this.time.subscribe(changed),
      inspector.view.subscribe((now, before) => {
        if (now.fold !== before.fold) this.relayout();
      }),
    ];
  }

  dispose(): void {
    for (const stop of this.stops) stop();
    if (this.later !== null) clearTimeout(this.later);
  }

  invalidate(): void {
    this.stale = true;
    this.inspector.raf.request();
  }

  setLook(theme: 'dark' | 'light', map: Parameters<typeof paletteOf>[1]): void {
    this.palette = paletteOf(theme, map);
    this.colours = null;
    this.invalidate();
  }

  /** What of the address space is shown; null: all of it. */
  setWithin(within: PageRange | null): void {
    this.within = within;
    this.relayout();
  }

  resize(area: Area): void {
    this.area = area;
    for (const context of [this.pages, this.overlay]) {
      if (!context) continue;
      const whole = context === this.overlay;
      context.canvas.width = Math.round((area.width + (whole ? area.gutter : 0)) * area.ratio);
      context.canvas.height = Math.round((area.height + (whole ? area.foot : 0)) * area.ratio);
    }
    this.relayout();
  }

  /** The frames that are known, by time. */
  get entries(): readonly HistoryEntry[] {
    return this.inspector.frames.history.entries;
  }

  /** The time that the panel shows. */
  get span(): TimeSpan {
    const { zoom } = this.time.getState();
    if (zoom) return zoom;
    const [first, last] = [this.entries[0], this.entries.at(-1)];
    const end = last?.time ?? 0;
    return { start: Math.min(first?.time ?? 0, end - LEAST_SPAN), end };
  }

  xOf(time: number): number {
    const { start, end } = this.span;
    return ((time - start) / Math.max(1e-6, end - start)) * this.area.width;
  }

  timeAt(x: number): number {
    const { start, end } = this.span;
    return start + (x / Math.max(1, this.area.width)) * (end - start);
  }

  /** Index of the frame that is drawn at `time`: the first that ends at or after it; -1 outside. */
  indexAt(time: number): number {
    const { history } = this.inspector.frames;
    const before = history.indexAt(time);
    const index = this.entries[before]?.time === time ? before : before + 1;
    return index < this.entries.length && (index > 0 || time >= this.beginOf(0)) ? index : -1;
  }

  /** When the time that frame `index` reports on began. */
  beginOf(index: number): number {
    const entry = this.entries[index];
    const before = this.entries[index - 1];
    if (before) return before.time;
    const after = this.entries[index + 1];
    return entry ? entry.time - (after ? after.time - entry.time : 50) : 0;
  }

  frame(now: number): boolean {
    const { area } = this;
    if (area.width <= 0 || area.height <= 0) return false;
    if (this.axisStale) this.settle(now);
    if (!this.stale) return false;
    this.stale = false;
    this.paint();
    this.colours ??= this.overlay ? new OverlayColours(this.overlay.canvas) : null;
    if (this.overlay && this.colours) drawOverlay(this.overlay, this.colours, this);
    return false;
  }

  private relayout(): void {
    this.axisStale = true;
    this.axisMade = -Infinity;
    this.invalidate();
  }

  private settle(now: number): void {
    const wait = this.axisMade + RELAYOUT_EVERY - now;
    if (wait > 0) {
      this.later ??= setTimeout(() => {
        this.later = null;
        this.inspector.raf.request();
      }, wait);
      return;
    }
    this.axisStale = false;
    this.axisMade = now;
    const { frames, view } = this.inspector;
    const known = [...frames.table.tiles].sort((a, b) => a - b);
    const folded = view.getState().fold ? untouchedRanges(frames.vmas, known) : [];
    const axis = new AddressAxis(frames.vmas, folded, this.within, this.area.height);
    if (axis.equals(this.axis)) return;
    this.axis = axis;
    this.stale = true;
  }

  private paint(): void {
    const { pages, palette, axis } = this;
    if (!pages) return;
    const { width, height } = pages.canvas;
    if (this.image?.width !== width || this.image.height !== height) {
      this.image = new ImageData(width, height);
      this.heat = new Uint8Array(width * height);
    }
    this.heat.fill(0);
    this.entries.forEach((entry, i) => this.addFrame(entry, i, width, height));

    const out = new Uint32Array(this.image.data.buffer);
    const { ratio } = this.area;
    out.fill(palette.pixels[swatchIndex.canvas] ?? 0);
    const ground = palette.pixels[swatchIndex.untouched] ?? 0;
    for (const span of axis.spans) {
      const top = Math.floor(axis.top(span) * ratio);
      const bottom = Math.ceil((axis.top(span) + (span.end - span.start) * axis.scale) * ratio);
      out.fill(ground, top * width, Math.min(height, bottom) * width);
    }
    const ramp = SWATCHES.length;
    for (let i = 0; i < this.heat.length; i++) {
      const heat = this.heat[i] ?? 0;
      if (heat > 0) out[i] = palette.pixels[ramp + heat] ?? 0;
    }
    pages.putImageData(this.image, 0, 0);
  }

  /** Where several frames share a pixel the hottest shows, so that none hides another. */
  private addFrame(entry: HistoryEntry, index: number, width: number, height: number): void {
    const { ratio } = this.area;
    const from = Math.max(0, Math.floor(this.xOf(this.beginOf(index)) * ratio));
    const to = Math.min(width, Math.max(from + 1, Math.floor(this.xOf(entry.time) * ratio)));
    if (to <= from || this.xOf(entry.time) < 0) return;
    const { rows, heat } = this.columns.of(entry, this.axis, ratio);
    for (let r = 0; r < rows.length; r++) {
      const row = Math.min(height - 1, rows[r] ?? 0);
      const value = heat[r] ?? 0;
      for (let i = row * width + from; i < row * width + to; i++) {
        if (value > (this.heat[i] ?? 0)) this.heat[i] = value;
      }
    }
  }
}
