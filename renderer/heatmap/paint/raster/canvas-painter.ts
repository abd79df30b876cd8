import { Raster } from './raster.ts';
import type { Painter, PaintStats, Scene } from '../scene.ts';

/**
 * Paints in plain code: if there is no WebGL2, its context was lost, or it would itself be computed in software.
 * The same picture, pixel by pixel; only lines that changed are handed to the canvas.
 */
export class CanvasPainter implements Painter {
  readonly name = 'Canvas 2D';
  private readonly context: CanvasRenderingContext2D;
  private raster: Raster | null = null;
  /** The raster's two pictures; which of them is shown changes when the view moves. */
  private readonly images = new Map<Uint32Array, ImageData>();

  constructor(context: CanvasRenderingContext2D) {
    this.context = context;
  }

  paint(scene: Scene): PaintStats {
    const { width, height } = scene;
    if (width === 0 || height === 0) return { uploaded: 0, rows: 0 };
    if (this.raster?.width !== width || this.raster.height !== height)
      this.raster = this.resize(width, height);
    const { first, end, rows } = this.raster.paint(scene);
    const image = this.images.get(this.raster.pixels);
    if (image && first < end) this.context.putImageData(image, 0, 0, 0, first, width, end - first);
    return { uploaded: rows, rows: scene.rows.count };
  }

  private resize(width: number, height: number): Raster {
    this.images.clear();
    const [shown, spare] = [1, 2].map(() => {
      const image = new ImageData(width, height);
      const pixels = new Uint32Array(image.data.buffer);
      this.images.set(pixels, image);
      return pixels;
    });
    if (!shown || !spare) throw new Error('two pictures were made');
    return new Raster(width, height, shown, spare);
  }

  read(x: number, y: number, width: number, height: number): Uint8Array {
    const pixels = new Uint8Array(width * height * 4);
    const image = this.raster && this.images.get(this.raster.pixels);
    if (!image) return pixels;
    for (let row = 0; row < height; row++) {
      const from = ((y + row) * image.width + x) * 4;
      pixels.set(image.data.subarray(from, from + width * 4), row * width * 4);
    }
    return pixels;
  }

  dispose(): void {
    this.raster = null;
    this.images.clear();
  }
}
