import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { AppModel } from '../../model/app-model.ts';
import type { RafClient } from '../../ui/raf-loop.ts';
import type { Camera, Viewport } from '../geometry/camera.ts';
import { HEAT_WINDOW } from '../paint/colour-maps.ts';
import { isFolded, untouchedRanges } from '../geometry/fold.ts';
import { HilbertLayout } from '../geometry/hilbert-layout.ts';
import type { Rect } from '../geometry/hit-test.ts';
import { BandLayout } from '../geometry/band-layout.ts';
import type { MapStill } from '../export/map-still.ts';
import { along, moveTo, type Motion, zoomMotion } from './motion.ts';
import { openPages } from '../overlay/bytes.ts';
import { HugeMarks } from '../overlay/huge-marks.ts';
import { Levels } from '../rows/levels.ts';
import { Overlay } from '../overlay/overlay.ts';
import { PageBytes } from '../overlay/page-bytes.ts';
import { type Palette, paletteOf } from '../paint/palette.ts';
import { bandProjection, type Projection } from '../geometry/projection.ts';
import { rowsAreSingle } from '../rows/rows.ts';
import type { Painter, Scene } from '../paint/scene.ts';
import { SceneMaker } from '../paint/scene-maker.ts';
import { type PainterChoice, Surface, type SurfaceElements } from '../paint/surface.ts';

/** Repaints for age alone need not be smooth. */
const AGEING_EVERY = 100;
/** Of a picture where no map is on the screen. */
const UNSEEN = { width: 1064, height: 640, gutter: 216 } as const;

/** The address map, apart from React: layout, camera, what is painted when. One for the life of the window. */
export class MapView implements RafClient {
  /** The bands, also while something else is shown. */
  layout = new BandLayout([]);
  /** The square in place of the bands; null while bands are shown. */
  hilbert: HilbertLayout | null = null;
  private projection: Projection = bandProjection(this.layout);
  camera: Camera = { row: 1, x: 0, y: 0 };
  view: Viewport = { width: 0, height: 0 };
  readonly levels: Levels;
  readonly huge: HugeMarks;
  readonly bytes: PageBytes;
  private readonly model: AppModel;
  private readonly scenes: SceneMaker;
  private palette: Palette = paletteOf('dark', 'cividis');
  private surface: Surface | null = null;
  private readonly overlay: Overlay;
  private folded: readonly PageRange[] = [];
  private motion: Motion | null = null;
  /** The whole picture stays in view until the user looks at a part of it. */
  private fitting = true;
  private layoutStale = true;
  private paintStale = true;
  private overlayStale = true;
  private lastPaint = 0;
  private ageing: ReturnType<typeof setTimeout> | null = null;
  private readonly cameraListeners = new Set<() => void>();
  private readonly lookListeners = new Set<() => void>();
  /** Rows that all paints so far looked at again or sent to the graphics card. */
  uploaded = 0;
  private reducedMotion = false;
  private choice: PainterChoice = 'auto';

  constructor(model: AppModel) {
    this.model = model;
    const { frames } = model;
    this.levels = new Levels(frames);
    this.huge = new HugeMarks(frames);
    this.scenes = new SceneMaker(frames, this.levels);
    this.overlay = new Overlay(model);
    this.bytes = new PageBytes(model.link, () => this.invalidateOverlay());
    frames.listen(this.levels);
    frames.listen({
      applied: (slots, vmas) => this.dataChanged(slots, vmas),
      reset: () => {
        this.folded = [];
        this.huge.reset();
        this.bytes.reset();
        this.fitting = true;
        this.layoutStale = true;
        this.invalidate();
      },
    });
    const redraw = (): void => this.invalidateOverlay();
    model.selection.subscribe(({ cursor }) => {
      // The square is that of the cursor's VMA.
      if (this.hilbert && cursor !== null && this.hilbert.rectOf(this.camera, this.view, cursor) === null) {
        this.changeLayout();
      }
      redraw();
    });
    model.operations.store.subscribe(redraw);
    model.view.subscribe((settings, before) => {
      if (settings.fold !== before.fold) this.relayout();
      if (settings.layout !== before.layout) this.changeLayout();
    });
    model.raf.add(this);
  }

  /** Takes the canvases to paint on. @returns a function that lets go of them */
  attach(elements: SurfaceElements): () => void {
    const surface = new Surface(elements, this.choice, () => this.invalidate());
    this.surface = surface;
    this.invalidate();
    return () => {
      surface.dispose();
      if (this.surface === surface) this.surface = null;
    };
  }

  /** @param view size of the map's area in CSS pixels  @param gutter width of the labels at its left */
  resize(view: Viewport, gutter: number, ratio: number): void {
    const { surface } = this;
    if (!surface) return;
    const zoomed = surface.ratio !== ratio;
    surface.resize(view, gutter, ratio);
    const before = this.view;
    this.view = view;
    if (zoomed || before.width !== view.width || before.height !== view.height) {
      this.place(this.fitting ? this.projection.fit(view) : this.projection.clamp(this.camera, view));
    }
    this.invalidate();
  }

  setLook(theme: 'dark' | 'light', map: Parameters<typeof paletteOf>[1]): void {
    this.palette = paletteOf(theme, map);
    this.overlay.forgetColours();
    for (const listener of this.lookListeners) listener();
    this.invalidate();
  }

  /** Moves of the view happen at once. */
  setReducedMotion(reduced: boolean): void {
    this.reducedMotion = reduced;
  }

  /** Paints with this painter from now on, where it can be had. */
  usePainter(choice: PainterChoice): void {
    this.choice = choice;
    this.surface?.use(choice);
  }

  get painterName(): string {
    return this.surface?.painter.name ?? '';
  }

  /** Asks for everything to be painted again. */
  invalidate(): void {
    this.paintStale = true;
    this.invalidateOverlay();
  }

  /** Colours of the map as it is painted now. */
  get colours(): Palette {
    return this.palette;
  }

  /** @param listener called when the colours or the layout changed  @returns a function that takes it out again */
  onLook(listener: () => void): () => void {
    this.lookListeners.add(listener);
    return () => this.lookListeners.delete(listener);
  }

  onCamera(listener: () => void): () => void {
    this.cameraListeners.add(listener);
    return () => this.cameraListeners.delete(listener);
  }

  /** Moves the view at once. */
  lookAt(camera: Camera): void {
    this.motion = null;
    this.fitting = false;
    this.place(this.projection.clamp(camera, this.view));
    this.invalidate();
  }

  panBy(dx: number, dy: number): void {
    this.lookAt({ ...this.camera, x: this.camera.x + dx, y: this.camera.y + dy });
  }

  /** Zooms about a place of the view; without one about the cursor's page where it is in view, else about the middle. */
  zoomBy(factor: number, px?: number, py?: number): void {
    const about = px === undefined || py === undefined ? this.focus() : { x: px, y: py };
    this.lookAt(this.projection.zoomAt(this.camera, this.view, factor, about.x, about.y));
  }

  private focus(): { x: number; y: number } {
    const { width, height } = this.view;
    const { cursor } = this.model.selection.getState();
    const rect = cursor === null ? null : this.rectOf(cursor);
    const [x, y] = rect ? [rect.x + rect.width / 2, rect.y + rect.height / 2] : [-1, -1];
    return x >= 0 && y >= 0 && x < width && y < height ? { x, y } : { x: width / 2, y: height / 2 };
  }

  /** The same in a short motion: for a wheel that turns in steps. */
  zoomSmoothly(factor: number, px: number, py: number): void {
    if (this.reducedMotion) {
      this.zoomBy(factor, px, py);
      return;
    }
    this.fitting = false;
    this.motion = zoomMotion(this.motion, this.camera.row, factor, px, py, performance.now());
    this.invalidate();
  }

  /** Brings `page` into the middle, near enough to be told from its neighbours. */
  goTo(page: number): void {
    this.unfold(page);
    const row = Math.max(this.camera.row, this.projection.readable);
    const rect = this.projection.rectOf({ row, x: 0, y: 0 }, this.view, page);
    if (!rect) return;
    const x = rect.x + rect.width / 2 - this.view.width / 2;
    const y = rect.y + rect.height / 2 - this.view.height / 2;
    this.moveTo(this.projection.clamp({ row, x, y }, this.view));
  }

  /** Everything. */
  frameAll(): void {
    this.moveTo(this.projection.fit(this.view));
    this.fitting = true;
  }

  /** Pages `range` in the middle. */
  frameRange({ start, end }: PageRange): void {
    this.unfold(start);
    this.moveTo(this.projection.fitRange(this.view, start, end));
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
    if (dx !== 0 || dy !== 0) this.lookAt({ ...this.camera, x: x + dx, y: y + dy });
  }

  /** The page at a place of the map's area; null beside the bands. */
  pageAt(px: number, py: number): number | null {
    return px < 0 || px >= this.view.width ? null : this.projection.pageAt(this.camera, this.view, px, py);
  }

  nearestPage(px: number, py: number): number | null {
    return this.projection.nearestPage(this.camera, this.view, px, py);
  }

  /** Where `page` is in the map's area, in CSS pixels; null where it is not shown. */
  rectOf(page: number): Rect | null {
    return this.projection.rectOf(this.camera, this.view, page);
  }

  /** The page beside, above or below `page`, as the arrow keys go. */
  step(page: number, dx: number, dy: number): number | null {
    return this.projection.step(page, dx, dy);
  }

  /** Colour at a place of the map's area, from a picture painted now. */
  readPixel(px: number, py: number): readonly [number, number, number] | null {
    if (px < 0 || py < 0 || px >= this.view.width || py >= this.view.height) return null;
    const ratio = this.surface?.ratio ?? 1;
    const pixel = this.paintNow()?.read(Math.floor(px * ratio), Math.floor(py * ratio), 1, 1);
    return pixel ? [pixel[0] ?? 0, pixel[1] ?? 0, pixel[2] ?? 0] : null;
  }

  /** The map's area painted now, in device pixels: red, green, blue, alpha, rows top down. */
  picture(): { readonly width: number; readonly height: number; readonly data: Uint8Array } | null {
    const ratio = this.surface?.ratio ?? 1;
    const [width, height] = [Math.round(this.view.width * ratio), Math.round(this.view.height * ratio)];
    const data = this.paintNow()?.read(0, 0, width, height);
    return data ? { width, height, data } : null;
  }

  /** What is seen now, for a picture of it; where no map is shown, what it would show. */
  still(): MapStill {
    this.model.pump.frame();
    this.settle();
    const { frames, session } = this.model;
    const shown = this.view.width > 0 && this.view.height > 0;
    const view = shown ? this.view : UNSEEN;
    const gutter = this.surface?.gutter ?? UNSEEN.gutter;
    if (!shown) {
      this.view = view;
      this.place(this.projection.fit(view));
    }
    const description = session.getState().state?.source?.description;
    const first = this.nearestPage(0, 0);
    const last = this.nearestPage(view.width - 1, view.height - 1);
    return {
      scene: this.scene(this.surface?.ratio ?? 1, performance.now(), true),
      ratio: this.surface?.ratio ?? 1,
      view,
      gutter,
      palette: this.palette,
      colours: this.overlay.currentColours(),
      drawLabels: (pen) => this.overlay.drawWith(pen, this, view, gutter, false),
      title: description?.title ?? '',
      detail: description?.detail ?? '',
      form: this.hilbert ? 'hilbert' : 'bands',
      range: this.hilbert?.vma ?? (first === null || last === null ? null : { start: first, end: last + 1 }),
      mode: frames.mode,
      written: frames.writtenPages,
      mapped: frames.vmas.reduce((sum, { start, end }) => sum + end - start, 0),
      sequence: frames.sequence,
      time: frames.time,
    };
  }

  frame(now: number): boolean {
    const { surface } = this;
    if (!surface || this.view.width === 0 || this.view.height === 0) return false;
    this.settle();
    const moving = this.advance(now);
    const aged = this.isAgeing(now) && now - this.lastPaint >= AGEING_EVERY;
    if (this.paintStale || aged) {
      this.paintStale = false;
      this.lastPaint = now;
      this.uploaded += surface.painter.paint(this.scene(surface.ratio, now)).uploaded;
    }
    this.readBytes();
    if (this.overlayStale) {
      this.overlayStale = false;
      this.overlay.draw(surface, this);
    }
    if (this.isAgeing(now) && this.ageing === null) {
      this.ageing = setTimeout(() => {
        this.ageing = null;
        this.model.raf.request();
      }, AGEING_EVERY);
    }
    return moving;
  }

  /** Whether the source has page contents. */
  get hasBytes(): boolean {
    return this.model.session.getState().state?.source?.capabilities.bytes ?? false;
  }

  /** Asks for the contents of the pages that are open in view. */
  private readBytes(): void {
    if (this.hasBytes && !this.hilbert) this.bytes.want(openPages(this), this.model.frames.sequence);
  }

  /** Paints in this task, with every frame that has arrived; whoever painted can be read from. */
  private paintNow(): Painter | null {
    const { surface } = this;
    if (!surface || this.view.width === 0 || this.view.height === 0) return null;
    this.model.pump.frame();
    this.settle();
    surface.painter.paint(this.scene(surface.ratio, performance.now(), true));
    return surface.painter;
  }

  private invalidateOverlay(): void {
    this.overlayStale = true;
    this.model.raf.request();
  }

  private relayout(): void {
    this.layoutStale = true;
    this.invalidate();
  }

  private dataChanged(slots: readonly number[], vmas: boolean): void {
    const { table } = this.model.frames;
    if (vmas) this.layoutStale = true;
    for (const slot of slots) {
      const tile = table.tiles[slot] ?? 0;
      this.scenes.touch(tile);
      if (isFolded(this.folded, tile)) this.layoutStale = true;
    }
    this.paintStale = true;
    const marked = this.huge.update(slots);
    if (this.layoutStale || marked) this.invalidateOverlay();
    else this.model.raf.request();
  }

  /** Lays out again where something asked for it; what was at the top of the view stays there. */
  private settle(): void {
    if (!this.layoutStale) return;
    this.layoutStale = false;
    const { frames, view } = this.model;
    const known = [...frames.table.tiles].sort((a, b) => a - b);
    this.folded = view.getState().fold ? untouchedRanges(frames.vmas, known) : [];
    const anchor = this.nearestPage(0, 0);
    const before = anchor === null ? null : this.rectOf(anchor);
    this.layout = new BandLayout(frames.vmas, this.folded);
    const square = this.hilbert;
    this.project();
    for (const listener of this.lookListeners) listener();
    if (this.fitting || anchor === null || square?.order !== this.hilbert?.order) {
      this.place(this.projection.fit(this.view));
    } else {
      const after = this.rectOf(anchor);
      const dy = before && after ? after.y - before.y : 0;
      this.place(this.projection.clamp({ ...this.camera, y: this.camera.y + dy }, this.view));
    }
  }

  /** Chooses where pages are drawn: the square of the cursor's VMA, or of the largest; bands where there is none. */
  private project(): void {
    const { frames, view, selection } = this.model;
    let vma: Vma | null = null;
    if (view.getState().layout === 'hilbert') {
      const { cursor } = selection.getState();
      const kept = this.hilbert && frames.vmaOf(this.hilbert.vma.start);
      vma = (cursor === null ? null : frames.vmaOf(cursor)) ?? kept ?? largest(frames.vmas);
    }
    if (vma && this.hilbert?.vma === vma) return;
    this.hilbert = vma && new HilbertLayout(vma);
    this.projection = this.hilbert ?? bandProjection(this.layout);
  }

  /** Goes over to the layout that the settings ask for, with the cursor in view. */
  private changeLayout(): void {
    this.settle();
    const before = this.projection;
    this.project();
    if (this.projection === before) return;
    this.motion = null;
    this.fitting = true;
    this.place(this.projection.fit(this.view));
    for (const listener of this.lookListeners) listener();
    this.invalidate();
  }

  /** Shows folded memory again where `page` lies in it. */
  private unfold(page: number): void {
    this.settle();
    if (!isFolded(this.folded, Math.floor(page / PAGES_PER_TILE))) return;
    this.model.view.setState({ fold: false });
    this.settle();
  }

  private moveTo(to: Camera): void {
    this.fitting = false;
    if (this.reducedMotion) this.lookAt(to);
    else this.motion = moveTo(this.camera, to, performance.now());
    this.invalidate();
  }

  private advance(now: number): boolean {
    const { motion } = this;
    if (!motion) return false;
    const { camera, done } = along(motion, this.camera, this.projection, this.view, now);
    this.place(camera);
    if (done) this.motion = null;
    this.paintStale = true;
    this.overlayStale = true;
    return !done;
  }

  /** Moves the camera there; from afar to whole device pixels, so that strips stay what they are. */
  private place(camera: Camera): void {
    const ratio = this.surface?.ratio ?? 1;
    const whole = !this.hilbert && !rowsAreSingle(camera, ratio);
    this.camera = whole ? { ...camera, y: Math.round(camera.y * ratio) / ratio } : camera;
    for (const listener of this.cameraListeners) listener();
  }

  private isAgeing(now: number): boolean {
    const { frames } = this.model;
    const last = frames.history.entries.at(-1);
    if (frames.mode === 'hold') return false;
    return !frames.frozen && last !== undefined && frames.now(now) - last.time < HEAT_WINDOW;
  }

  /** @param exact every page is to look as old as it is, to the millisecond */
  private scene(ratio: number, clock: number, exact = false): Scene {
    const { frames } = this.model;
    const { camera, view, hilbert, scenes } = this;
    const shape = hilbert
      ? scenes.square(hilbert, camera, view, ratio)
      : scenes.bands(this.layout, camera, view, ratio);
    return {
      ...shape,
      // Whole milliseconds, as both painters take them.
      now: Math.round(frames.mapTime(clock)),
      patience: exact || frames.frozen ? 0 : AGEING_EVERY,
      hold: frames.mode === 'hold',
      palette: this.palette,
    };
  }
}

function largest(vmas: readonly Vma[]): Vma | null {
  let found: Vma | null = null;
  for (const vma of vmas) if (!found || vma.end - vma.start > found.end - found.start) found = vma;
  return found;
}
