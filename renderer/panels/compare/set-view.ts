import type { Comparison } from '#shared/contract/recording.ts';
import { clampCamera, type Camera, fitAll, type Viewport, zoomAt } from '../../heatmap/geometry/camera.ts';
import { untouchedRanges } from '../../heatmap/geometry/fold.ts';
import { pageAt, rectOf } from '../../heatmap/geometry/hit-test.ts';
import { BandLayout } from '../../heatmap/geometry/band-layout.ts';
import { drawGutter } from '../../heatmap/overlay/gutter.ts';
import { drawFrame, drawRange } from '../../heatmap/overlay/marks.ts';
import { OverlayColours, type OverlayScene } from '../../heatmap/overlay/scene.ts';
import { drawSeams, drawSeparators } from '../../heatmap/overlay/separators.ts';
import { ComparedTiles } from '../../data/compared-tiles.ts';
import type { AppModel } from '../../model/app-model.ts';
import { CanvasView, fitCanvas } from '../../ui/canvas-view.ts';
import type { PixelBox } from '../../ui/device-pixels.ts';
import { vmasOf } from './compared-vmas.ts';
import { type SetPalette, setPalette } from './set-palette.ts';
import { rasterizeSets } from './set-raster.ts';

/** The map of a comparison, apart from React. */
export class SetView extends CanvasView {
  layout = new BandLayout([]);
  tiles = new ComparedTiles({ indexes: new Float64Array(), a: new Uint32Array(), b: new Uint32Array() });
  camera: Camera = { row: 1, x: 0, y: 0 };
  view: Viewport = { width: 0, height: 0 };
  private readonly selection: AppModel['selection'];
  private readonly pages: CanvasRenderingContext2D | null;
  private readonly overlay: CanvasRenderingContext2D | null;
  private palette: SetPalette = setPalette('dark');
  private colours: OverlayColours | null = null;
  private image: ImageData | null = null;
  private gutter = 0;
  private ratio = 1;
  private fitting = true;

  constructor(
    { raf, selection }: Pick<AppModel, 'raf' | 'selection'>,
    pages: HTMLCanvasElement,
    overlay: HTMLCanvasElement,
  ) {
    super(raf);
    this.selection = selection;
    this.pages = pages.getContext('2d');
    this.overlay = overlay.getContext('2d');
    this.endWith(selection.subscribe(() => this.invalidate()));
  }

  show(comparison: Comparison): void {
    this.tiles = new ComparedTiles(comparison.tiles);
    const vmas = vmasOf(comparison);
    this.layout = new BandLayout(vmas, untouchedRanges(vmas, this.tiles.indexes));
    this.fit();
  }

  setTheme(theme: 'dark' | 'light'): void {
    this.palette = setPalette(theme);
    this.colours = null;
    this.invalidate();
  }

  fit(): void {
    this.fitting = true;
    this.camera = fitAll(this.layout, this.view);
    this.invalidate();
  }

  zoomBy(factor: number, x: number, y: number): void {
    this.moveTo(zoomAt(this.camera, this.layout, this.view, factor, x, y));
  }

  panBy(dx: number, dy: number): void {
    this.moveTo({ ...this.camera, x: this.camera.x + dx, y: this.camera.y + dy });
  }

  pageAt(x: number, y: number): number | null {
    return x < 0 ? null : pageAt(this.layout, this.camera, this.view, x, y);
  }

  protected get isVisible(): boolean {
    return this.view.width > 0 && this.view.height > 0;
  }

  /** @param sizes of the map's area, and of the area with the labels at its left */
  protected resize(ratio: number, [area, whole]: readonly PixelBox[]): void {
    if (!area || !whole) return;
    this.view = area;
    this.gutter = (whole.deviceWidth - area.deviceWidth) / ratio;
    this.ratio = ratio;
    if (this.pages) fitCanvas(this.pages.canvas, area.deviceWidth, area.deviceHeight);
    if (this.overlay) fitCanvas(this.overlay.canvas, whole.deviceWidth, whole.deviceHeight);
    if (this.fitting) this.fit();
    else this.moveTo(this.camera);
  }

  /** Nothing moves by itself. */
  protected advance(): boolean {
    return false;
  }

  protected paint(): void {
    const { view, pages, overlay, ratio } = this;
    if (!pages) return;
    const { width, height } = pages.canvas;
    if (this.image?.width !== width || this.image.height !== height) {
      this.image = new ImageData(width, height);
    }
    const { layout, camera, tiles, palette } = this;
    rasterizeSets({ layout, camera, view, ratio, tiles, palette }, new Uint32Array(this.image.data.buffer));
    pages.putImageData(this.image, 0, 0);
    if (overlay) this.drawOverlay(overlay);
  }

  private moveTo(camera: Camera): void {
    this.fitting = false;
    this.camera = clampCamera(camera, this.layout, this.view);
    this.invalidate();
  }

  private drawOverlay(context: CanvasRenderingContext2D): void {
    const { layout, camera, view, gutter, ratio } = this;
    this.colours ??= new OverlayColours(context.canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, view.width + gutter, view.height);
    const scene: OverlayScene = { context, colours: this.colours, layout, camera, view, gutter };
    drawGutter(scene);
    context.save();
    context.beginPath();
    context.rect(gutter, 0, view.width, view.height);
    context.clip();
    context.translate(gutter, 0);
    drawSeparators(scene);
    drawSeams(scene);
    const { range, cursor, hover } = this.selection.getState();
    if (range) drawRange(scene, range);
    const rectAt = (page: number) => rectOf(layout, camera, view, page);
    if (hover !== null) drawFrame(scene, rectAt(hover), this.colours.hover);
    if (cursor !== null) drawFrame(scene, rectAt(cursor), this.colours.accent);
    context.restore();
  }
}
