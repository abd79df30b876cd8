import type { Viewport } from '../geometry/camera.ts';
import type { MapStill } from '../export/map-still.ts';
import { openPages } from '../overlay/bytes.ts';
import { AGE_SCALE, HELD_SCALE } from '../description/legend-entries.ts';
import { HugeMarks } from '../overlay/huge-marks.ts';
import { type OverlaidMap, Overlay } from '../overlay/overlay.ts';
import { PageBytes } from '../overlay/page-bytes.ts';
import { HEAT_WINDOW } from '../../data/heat.ts';
import { type Palette, paletteOf } from '../paint/palette.ts';
import type { Painter, Scene } from '../paint/scene.ts';
import { SceneMaker } from '../paint/scene-maker.ts';
import { type PainterChoice, Surface, type SurfaceElements } from '../paint/surface.ts';
import { Levels } from '../rows/levels.ts';
import type { CameraController } from './camera-controller.ts';
import type { MapInput } from './map-input.ts';
import { ZOOM_REST_MS, Zooming } from './zooming.ts';

/** Repaints for age alone need not be smooth. */
const AGEING_INTERVAL_MS = 100;

/** Device pixels that a row or strip has at least while the view zooms. */
const ZOOMING_LINES = 4;

/** Paints what the camera shows: pages by a painter, the overlay above them; each only when it changed. */
export class MapRenderer {
  readonly levels: Levels;
  readonly huge: HugeMarks;
  readonly bytes: PageBytes;
  palette: Palette = paletteOf('dark', 'cividis');
  /** Rows that all paints so far painted again or sent to the graphics card. */
  uploaded = 0;
  private readonly input: MapInput;
  private readonly camera: CameraController;
  private readonly changed: () => void;
  private readonly scenes: SceneMaker;
  private readonly overlay: Overlay;
  private surface: Surface | null = null;
  private choice: PainterChoice = 'auto';
  private paintStale = true;
  private overlayStale = true;
  private lastPaint = 0;
  private readonly zooming = new Zooming();
  private resting: ReturnType<typeof setTimeout> | undefined;
  private ageing: ReturnType<typeof setTimeout> | null = null;

  /** @param changed called when something is to be painted again */
  constructor(input: MapInput, camera: CameraController, changed: () => void) {
    const { frames } = input;
    this.input = input;
    this.camera = camera;
    this.changed = changed;
    this.levels = new Levels(frames);
    this.huge = new HugeMarks(frames);
    this.scenes = new SceneMaker(frames, this.levels);
    this.overlay = new Overlay(input);
    this.bytes = new PageBytes(input.readBytes, () => this.invalidateOverlay());
    frames.listen(this.levels);
  }

  /** Takes the canvases to paint on. @returns a function that gives them up */
  attach(elements: SurfaceElements): () => void {
    const surface = new Surface(elements, this.choice, () => this.invalidate());
    this.surface = surface;
    this.invalidate();
    return () => {
      surface.dispose();
      clearTimeout(this.resting);
      if (this.surface === surface) this.surface = null;
    };
  }

  resize(view: Viewport, gutter: number, ratio: number): void {
    this.surface?.resize(view, gutter, ratio);
    this.invalidate();
  }

  setColours(...of: Parameters<typeof paletteOf>): void {
    this.palette = paletteOf(...of);
    this.overlay.forgetColours();
    this.invalidate();
  }

  /** Paints with this painter from now on, where it is available. */
  usePainter(choice: PainterChoice): void {
    this.choice = choice;
    this.surface?.use(choice);
  }

  get painterName(): string {
    return this.surface?.painter.name ?? '';
  }

  get ratio(): number {
    return this.surface?.ratio ?? 1;
  }

  /** Width of the labels at the map's left in CSS pixels; null while no map is shown. */
  get gutter(): number | null {
    return this.surface?.gutter ?? null;
  }

  /** Whether there is something to paint on. */
  get isVisible(): boolean {
    const { width, height } = this.camera.view;
    return this.surface !== null && width > 0 && height > 0;
  }

  /** Pages and overlay are painted again in the next frame. */
  invalidate(): void {
    this.paintStale = true;
    this.invalidateOverlay();
  }

  invalidateOverlay(): void {
    this.overlayStale = true;
    this.changed();
  }

  /** @param slots of the tile table, whose pages changed */
  dataChanged(slots: readonly number[]): void {
    const { tiles } = this.input.frames.table;
    for (const slot of slots) this.scenes.touch(tiles[slot] ?? 0);
    this.paintStale = true;
    if (this.huge.update(slots)) this.overlayStale = true;
    this.changed();
  }

  reset(): void {
    this.huge.reset();
    this.bytes.reset();
    this.invalidate();
  }

  /** Whether pages are due to look older. @param now performance.now() */
  isDue(now: number): boolean {
    return now - this.lastPaint >= AGEING_INTERVAL_MS && this.isAgeing(now);
  }

  /** Paints what is stale. @param now performance.now() */
  render(now: number): void {
    const { surface } = this;
    if (!surface) return;
    if (this.paintStale) {
      this.paintStale = false;
      this.lastPaint = now;
      this.paintPages(now, surface.painter);
    }
    this.wantBytes();
    if (this.overlayStale) {
      this.overlayStale = false;
      this.overlay.draw(surface, this.overlaid());
    }
    if (this.isAgeing(now)) {
      this.ageing ??= setTimeout(() => {
        this.ageing = null;
        this.input.raf.request();
      }, AGEING_INTERVAL_MS);
    }
  }

  /** Paints in this task; the painter can be read from until it ends. Null while no map is shown. */
  paintNow(): Painter | null {
    if (!this.surface || !this.isVisible) return null;
    this.surface.painter.paint(this.scene(performance.now(), true));
    return this.surface.painter;
  }

  /** What is in view, for a picture of it. @param gutter width of the labels at its left in CSS pixels */
  still(
    gutter: number,
  ): Pick<MapStill, 'scene' | 'ratio' | 'view' | 'gutter' | 'palette' | 'scale' | 'colours' | 'drawLabels'> {
    const { view } = this.camera;
    const { frames } = this.input;
    return {
      scene: this.scene(performance.now(), true),
      ratio: this.ratio,
      view,
      gutter,
      palette: this.palette,
      scale: frames.mapScale ?? (frames.isMapHeld ? HELD_SCALE : AGE_SCALE),
      colours: this.overlay.currentColours(),
      drawLabels: (pen) => this.overlay.drawWith(pen, this.overlaid(), view, gutter, false),
    };
  }

  /** While every picture has another scale, nothing can be kept of the last one: then a quarter of the rows is painted. */
  private paintPages(now: number, painter: Painter): void {
    const isZooming = this.zooming.paint(this.camera.current.row, now);
    const coarse = isZooming && this.camera.layout.hilbert === null;
    this.uploaded += painter.paint(this.scene(now, false, coarse ? ZOOMING_LINES : 1)).uploaded;
    if (!coarse) return;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.paintStale = true;
      this.changed();
    }, ZOOM_REST_MS);
  }

  /** Asks for the contents of the pages that are open in view. */
  private wantBytes(): void {
    const { hilbert, bands } = this.camera.layout;
    if (hilbert || !this.input.hasBytes()) return;
    const { current: camera, view } = this.camera;
    this.bytes.want(openPages({ layout: bands, camera, view }), this.input.frames.sequence);
  }

  private overlaid(): OverlaidMap {
    const { camera, huge, bytes } = this;
    return {
      layout: camera.layout.bands,
      hilbert: camera.layout.hilbert,
      camera: camera.current,
      huge,
      bytes: this.input.hasBytes() ? bytes : null,
      rectOf: (page) => camera.rectOf(page),
    };
  }

  /** Whether pages in view are to look older by themselves. */
  private isAgeing(now: number): boolean {
    const { frames } = this.input;
    return frames.isMapAgeing && frames.now(now) - frames.lastWrite < HEAT_WINDOW;
  }

  /**
   * @param exact every page is to look as old as it is, to the millisecond
   * @param lines device pixels that a row or strip has at least
   */
  private scene(clock: number, exact = false, lines = 1): Scene {
    const { scenes, palette, ratio } = this;
    const { frames } = this.input;
    const { current: camera, view, layout } = this.camera;
    const shape = layout.hilbert
      ? scenes.square(layout.hilbert, camera, view, ratio)
      : scenes.bands(layout.bands, camera, view, ratio, lines);
    return {
      ...shape,
      // Whole milliseconds, as both painters take them.
      now: Math.round(frames.mapTime(clock)),
      patience: exact || frames.frozen ? 0 : AGEING_INTERVAL_MS,
      hold: frames.isMapHeld,
      palette,
    };
  }
}
