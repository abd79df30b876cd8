import type { PageRange } from '#shared/memory/range.ts';
import type { StoreApi } from 'zustand/vanilla';
import type { SelectionStore } from '../../stores/selection-store.ts';
import type { ViewSettings } from '../../stores/view-store.ts';
import type { Camera, Viewport } from '../geometry/camera.ts';
import type { Rect } from '../geometry/hit-test.ts';
import { rowsAreSingle } from '../rows/visible-rows.ts';
import type { MapLayout } from './map-layout.ts';
import { along, moveTo, type Motion, zoomMotion } from './motion.ts';

interface CameraInput {
  readonly layout: MapLayout;
  readonly selection: StoreApi<SelectionStore>;
  readonly settings: StoreApi<ViewSettings>;
  /** Called when what is in view changed. */
  readonly invalidate: () => void;
}

/** What part of the map is in view, and where its pages are there: pans, zooms, motions, hit tests. In CSS pixels. */
export class CameraController {
  readonly layout: MapLayout;
  /** The size of the map's area. */
  view: Viewport = { width: 0, height: 0 };
  private camera: Camera = { row: 1, x: 0, y: 0 };
  private readonly input: CameraInput;
  private readonly listeners = new Set<() => void>();
  private motion: Motion | null = null;
  /** The whole map stays in view until the user moves the camera. */
  private fitting = true;
  private ratio = 1;
  private reducedMotion = false;

  constructor(input: CameraInput) {
    this.input = input;
    this.layout = input.layout;
  }

  get current(): Camera {
    return this.camera;
  }

  /** @param listener called when the camera moved or the layout changed  @returns a function that removes it */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Moves of the camera happen at once. */
  setReducedMotion(reduced: boolean): void {
    this.reducedMotion = reduced;
  }

  /** @param ratio device pixels in a CSS pixel */
  resize(view: Viewport, ratio: number): void {
    const before = this.view;
    const zoomed = ratio !== this.ratio;
    this.view = view;
    this.ratio = ratio;
    if (!zoomed && before.width === view.width && before.height === view.height) return;
    const { projection } = this.layout;
    this.place(this.fitting ? projection.fit(view) : projection.clamp(this.camera, view));
  }

  /** Another source: all of it is shown. */
  reset(): void {
    this.fitting = true;
    this.layout.reset();
  }

  /** Moves the view at once. */
  centreOn(camera: Camera): void {
    this.motion = null;
    this.fitting = false;
    this.place(this.layout.projection.clamp(camera, this.view));
    this.input.invalidate();
  }

  panBy(dx: number, dy: number): void {
    this.centreOn({ ...this.camera, x: this.camera.x + dx, y: this.camera.y + dy });
  }

  /** Zooms about a place of the view; without one about the cursor's page where it is in view, else about the middle. */
  zoomBy(factor: number, px?: number, py?: number): void {
    const about = px === undefined || py === undefined ? this.focus() : { x: px, y: py };
    this.centreOn(this.layout.projection.zoomAt(this.camera, this.view, factor, about.x, about.y));
  }

  /** Like `zoomBy`, as a short animation: for a wheel that turns in steps. */
  zoomSmoothly(factor: number, px: number, py: number): void {
    if (this.reducedMotion) {
      this.zoomBy(factor, px, py);
      return;
    }
    this.fitting = false;
    this.motion = zoomMotion(this.motion, this.camera.row, factor, px, py, performance.now());
    this.input.invalidate();
  }

  /** Brings `page` into the middle, near enough to be distinguished from its neighbours. */
  goTo(page: number): void {
    this.unfold(page);
    const { projection } = this.layout;
    const row = Math.max(this.camera.row, projection.readable);
    const rect = projection.rectOf({ row, x: 0, y: 0 }, this.view, page);
    if (!rect) return;
    const x = rect.x + rect.width / 2 - this.view.width / 2;
    const y = rect.y + rect.height / 2 - this.view.height / 2;
    this.moveTo(projection.clamp({ row, x, y }, this.view));
  }

  /** Everything. */
  frameAll(): void {
    this.moveTo(this.layout.projection.fit(this.view));
    this.fitting = true;
  }

  /** Pages `range` in the middle. */
  frameRange({ start, end }: PageRange): void {
    this.unfold(start);
    this.moveTo(this.layout.projection.fitRange(this.view, start, end));
  }

  /** Brings `page` into view, with as little movement as needed. */
  reveal(page: number): void {
    this.unfold(page);
    const rect = this.rectOf(page);
    if (!rect) return;
    const { x, y } = this.camera;
    const { width, height } = this.view;
    const shift = (at: number, size: number, room: number): number =>
      at < 0 ? at : at + size > room ? Math.min(at, at + size - room) : 0;
    const [dx, dy] = [shift(rect.x, rect.width, width), shift(rect.y, rect.height, height)];
    if (dx !== 0 || dy !== 0) this.centreOn({ ...this.camera, x: x + dx, y: y + dy });
  }

  /** The page at a place of the map's area; null beside the bands. */
  pageAt(px: number, py: number): number | null {
    if (px < 0 || px >= this.view.width) return null;
    return this.layout.projection.pageAt(this.camera, this.view, px, py);
  }

  nearestPage(px: number, py: number): number | null {
    return this.layout.projection.nearestPage(this.camera, this.view, px, py);
  }

  /** Where `page` is in the map's area; null if it is not shown. */
  rectOf(page: number): Rect | null {
    return this.layout.projection.rectOf(this.camera, this.view, page);
  }

  /** The page beside, above or below `page`, as the arrow keys go. */
  step(page: number, dx: number, dy: number): number | null {
    return this.layout.projection.step(page, dx, dy);
  }

  /** Brings the layout up to date; what was at the top of the view stays there. */
  settle(): void {
    const { layout } = this;
    if (!layout.isStale) return;
    const anchor = this.nearestPage(0, 0);
    const before = anchor === null ? null : this.rectOf(anchor);
    const square = layout.hilbert;
    layout.update();
    if (this.fitting || anchor === null || square?.order !== layout.hilbert?.order) {
      this.place(layout.projection.fit(this.view));
    } else {
      const after = this.rectOf(anchor);
      const dy = before && after ? after.y - before.y : 0;
      this.place(layout.projection.clamp({ ...this.camera, y: this.camera.y + dy }, this.view));
    }
  }

  /** Goes over to the layout that settings and cursor ask for, all of it in view. */
  changeLayout(): void {
    this.settle();
    if (!this.layout.project()) return;
    this.motion = null;
    this.fitting = true;
    this.place(this.layout.projection.fit(this.view));
    this.input.invalidate();
  }

  /** Moves the camera along its motion. @returns whether it moved, and whether the motion continues */
  advance(now: number): { readonly moved: boolean; readonly more: boolean } {
    const { motion } = this;
    if (!motion) return { moved: false, more: false };
    const { camera, done } = along(motion, this.camera, this.layout.projection, this.view, now);
    this.place(camera);
    if (done) this.motion = null;
    return { moved: true, more: !done };
  }

  private focus(): { x: number; y: number } {
    const { width, height } = this.view;
    const { cursor } = this.input.selection.getState();
    const rect = cursor === null ? null : this.rectOf(cursor);
    const [x, y] = rect ? [rect.x + rect.width / 2, rect.y + rect.height / 2] : [-1, -1];
    return x >= 0 && y >= 0 && x < width && y < height ? { x, y } : { x: width / 2, y: height / 2 };
  }

  /** Shows folded memory again if it contains `page`. */
  private unfold(page: number): void {
    this.settle();
    if (!this.layout.isFolded(page)) return;
    this.input.settings.setState({ fold: false });
    this.settle();
  }

  private moveTo(to: Camera): void {
    this.fitting = false;
    if (this.reducedMotion) this.centreOn(to);
    else this.motion = moveTo(this.camera, to, performance.now());
    this.input.invalidate();
  }

  /** Moves the camera there; from afar to whole device pixels, so that strips stay what they are. */
  private place(camera: Camera): void {
    const { ratio } = this;
    const whole = !this.layout.hilbert && !rowsAreSingle(camera, ratio);
    this.camera = whole ? { ...camera, y: Math.round(camera.y * ratio) / ratio } : camera;
    for (const listener of this.listeners) listener();
  }
}
