import type { Vma } from '#shared/memory/vma.ts';
import { CanvasView } from '../../ui/canvas-view.ts';
import type { PixelBox } from '../../ui/device-pixels.ts';
import type { MapStill } from '../export/map-still.ts';
import { labelledVma } from '../overlay/gutter.ts';
import type { SurfaceElements } from '../paint/surface.ts';
import { CameraController } from './camera-controller.ts';
import type { MapInput } from './map-input.ts';
import { MapLayout } from './map-layout.ts';
import { MapRenderer } from './map-renderer.ts';

/** Size of an exported picture while no map is on the screen. */
const UNSEEN = { width: 1064, height: 640, gutter: 216 } as const;

/**
 * The address map, apart from React, for the life of the window: layout, camera and renderer, and which of them a change
 * of frames, selection or settings reaches. In a frame the layout is settled first, then the camera moves, then it is
 * painted, so that data, camera and pixels belong together.
 */
export class MapView extends CanvasView {
  readonly layout: MapLayout;
  readonly camera: CameraController;
  readonly renderer: MapRenderer;
  private readonly input: MapInput;
  private readonly listeners = new Set<() => void>();

  constructor(input: MapInput) {
    super(input.raf);
    this.input = input;
    const { frames, selection, settings, operations, writeWatches } = input;
    this.layout = new MapLayout(input);
    this.camera = new CameraController({
      layout: this.layout,
      selection,
      settings,
      invalidate: () => this.renderer.invalidate(),
    });
    this.renderer = new MapRenderer(input, this.camera, () => this.invalidate());
    this.layout.onChange(() => this.changed());
    frames.listen({
      applied: (slots, vmas) => this.dataChanged(slots, vmas),
      reset: () => {
        this.camera.reset();
        this.renderer.reset();
      },
    });
    const redraw = (): void => this.renderer.invalidateOverlay();
    selection.subscribe(({ cursor }) => {
      // The square is that of the cursor's VMA.
      if (this.layout.hilbert && cursor !== null && this.camera.rectOf(cursor) === null)
        this.camera.changeLayout();
      redraw();
    });
    operations.subscribe(redraw);
    input.onLit(redraw);
    input.onNamed(redraw);
    writeWatches.subscribe(redraw);
    settings.subscribe((now, before) => {
      if (now.fold !== before.fold) {
        this.layout.invalidate();
        this.renderer.invalidate();
      }
      if (now.layout !== before.layout) this.camera.changeLayout();
    });
  }

  /** Takes the canvases to paint on. @returns a function that gives them up */
  attach(elements: SurfaceElements): () => void {
    return this.renderer.attach(elements);
  }

  setColours(...of: Parameters<MapRenderer['setColours']>): void {
    this.renderer.setColours(...of);
    this.changed();
  }

  /** @param listener called when the colours or the layout changed  @returns a function that removes it */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Colour at a place of the map's area, from a picture painted now. */
  readPixel(px: number, py: number): readonly [number, number, number] | null {
    const { view } = this.camera;
    if (px < 0 || py < 0 || px >= view.width || py >= view.height) return null;
    const { ratio } = this.renderer;
    this.camera.settle();
    const pixel = this.renderer.paintNow()?.read(Math.floor(px * ratio), Math.floor(py * ratio), 1, 1);
    return pixel ? [pixel[0] ?? 0, pixel[1] ?? 0, pixel[2] ?? 0] : null;
  }

  /** The map's area painted now, in device pixels: red, green, blue, alpha, rows top down; null while none is shown. */
  picture(): { readonly width: number; readonly height: number; readonly data: Uint8Array } | null {
    const { ratio } = this.renderer;
    const { view } = this.camera;
    const [width, height] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    this.camera.settle();
    const data = this.renderer.paintNow()?.read(0, 0, width, height);
    return data ? { width, height, data } : null;
  }

  /** What is in view now, for a picture of it; while no map is shown, all of it. */
  still(source: Pick<MapStill, 'title' | 'detail'>): MapStill {
    this.camera.settle();
    const { camera, layout, renderer } = this;
    const { frames } = this.input;
    if (camera.view.width === 0 || camera.view.height === 0) camera.resize(UNSEEN, 1);
    const first = camera.nearestPage(0, 0);
    const last = camera.nearestPage(camera.view.width - 1, camera.view.height - 1);
    return {
      ...renderer.still(renderer.gutter ?? UNSEEN.gutter),
      ...source,
      form: layout.hilbert ? 'hilbert' : 'bands',
      range:
        layout.hilbert?.vma ?? (first === null || last === null ? null : { start: first, end: last + 1 }),
      mode: frames.mode,
      written: frames.writtenPages,
      mapped: frames.vmas.reduce((sum, { start, end }) => sum + end - start, 0),
      sequence: frames.sequence,
      time: frames.time,
    };
  }

  /** The mapping whose label at the map's left is at height `y`; null if there is none. */
  labelAt(y: number): Vma | null {
    const { layout, camera } = this;
    if (layout.hilbert) return null;
    return labelledVma({ layout: layout.bands, camera: camera.current, view: camera.view }, y);
  }

  /** Whether the source has page contents. */
  get hasBytes(): boolean {
    return this.input.hasBytes();
  }

  protected get isVisible(): boolean {
    return this.renderer.isVisible;
  }

  /** @param sizes of the map's area, and of the area with the labels at its left */
  protected resize(ratio: number, [area, whole]: readonly PixelBox[]): void {
    if (!area || !whole) return;
    this.renderer.resize(area, (whole.deviceWidth - area.deviceWidth) / ratio, ratio);
    this.camera.resize(area, ratio);
  }

  protected advance(now: number): boolean {
    this.camera.settle();
    const { moved, more } = this.camera.advance(now);
    if (moved || this.renderer.isDue(now)) this.renderer.invalidate();
    return more;
  }

  protected paint(now: number): void {
    this.renderer.render(now);
  }

  private dataChanged(slots: readonly number[], vmas: boolean): void {
    const { tiles } = this.input.frames.table;
    if (vmas) this.layout.invalidate();
    for (const slot of slots) this.layout.touch(tiles[slot] ?? 0);
    this.renderer.dataChanged(slots);
    if (this.layout.isStale) this.renderer.invalidateOverlay();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
