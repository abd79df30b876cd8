import { useEffect, useRef } from 'react';
import { type Palette, pixelOf } from '../../heatmap/paint/palette.ts';

/** The colours of written pages. @param from share of the ramp at which it begins */
export function Ramp({ palette, from = 0 }: { readonly palette: Palette; readonly from?: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const { ramp } = palette;
    const step = (x: number): number => Math.round(from * (ramp.length - 1) + x * (1 - from));
    paint(canvas.current, ramp.length, 1, (x) => pixelOf(ramp[step(x)] ?? [0, 0, 0]));
  });
  return <canvas ref={canvas} className="legend__ramp" width={palette.ramp.length} height={1} aria-hidden />;
}

/** Paints a canvas pixel by pixel: 32-bit pixels of ImageData. */
export function paint(
  canvas: HTMLCanvasElement | null,
  width: number,
  height: number,
  pixel: (x: number, y: number) => number,
): void {
  const context = canvas?.getContext('2d');
  if (!context) return;
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) pixels[y * width + x] = pixel(x, y);
  context.putImageData(image, 0, 0);
}
