import { rasterize } from './raster.ts';
import type { Painter, PaintStats, Scene } from './scene.ts';

/** Paints in plain code: where there is no WebGL2, or its context was lost. The same picture, pixel by pixel. */
export class CanvasPainter implements Painter {
  readonly name = 'Canvas 2D';
  private readonly context: CanvasRenderingContext2D;
  private image: ImageData | null = null;

  constructor(context: CanvasRenderingContext2D) {
    this.context = context;
  }

  paint(scene: Scene): PaintStats {
    if (scene.width === 0 || scene.height === 0) return { uploaded: 0, rows: 0 };
    if (this.image?.width !== scene.width || this.image.height !== scene.height) {
      this.image = new ImageData(scene.width, scene.height);
    }
    rasterize(scene, new Uint32Array(this.image.data.buffer));
    this.context.putImageData(this.image, 0, 0);
    return { uploaded: 0, rows: scene.rows.count };
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
