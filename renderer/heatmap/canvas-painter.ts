import { Raster } from './raster.ts';
import type { Painter, PaintStats, Scene } from './scene.ts';

/**
 * Paints in plain code: where there is no WebGL2, its context was lost, or it would itself be computed in software.
 * The same picture, pixel by pixel; only lines that changed are handed to the canvas.
 */
export class CanvasPainter implements Painter {
  readonly name = 'Canvas 2D';
  private readonly context: CanvasRenderingContext2D;
  private readonly raster = new Raster();
  private image: ImageData | null = null;
  private pixels = new Uint32Array(0);

  constructor(context: CanvasRenderingContext2D) {
    this.context = context;
  }

  paint(scene: Scene): PaintStats {
    const { width, height } = scene;
    if (width === 0 || height === 0) return { uploaded: 0, rows: 0 };
    if (this.image?.width !== width || this.image.height !== height) {
      this.image = new ImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    const { first, end, rows } = this.raster.paint(scene, this.pixels);
    if (first < end) this.context.putImageData(this.image, 0, 0, 0, first, width, end - first);
    return { uploaded: rows, rows: scene.rows.count };
  }

  read(x: number, y: number, width: number, height: number): Uint8Array {
    const pixels = new Uint8Array(width * height * 4);
    const { image } = this;
    if (!image) return pixels;
    for (let row = 0; row < height; row++) {
      const from = ((y + row) * image.width + x) * 4;
      pixels.set(image.data.subarray(from, from + width * 4), row * width * 4);
    }
    return pixels;
  }

  dispose(): void {
    this.image = null;
  }
}
