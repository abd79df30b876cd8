import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { frameOf, vmaOf } from '../../testing/memory.ts';
import { swatchIndex } from '../paint/palette.ts';
import { fillJsdom, TestWindow } from '../../testing/window.tsx';
import { Minimap } from './minimap.ts';

beforeAll(fillJsdom);
afterEach(() => vi.unstubAllGlobals());

/** As much of the browser's class as a painter uses. */
class Image {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.data = new Uint8ClampedArray(width * height * 4);
  }
}

it('shows the background alone while nothing is mapped, not black and not the last source', async () => {
  vi.stubGlobal('ImageData', Image);
  const { model, map } = new TestWindow();
  let shown: Image | null = null;
  const context = { putImageData: (image: Image) => (shown = image) };
  const canvas = { getContext: () => context } as unknown as HTMLCanvasElement;
  const minimap = new Minimap(map, model, canvas, { width: 4, height: 8 }, 1);
  const colours = (): Set<number> => new Set(new Uint32Array(shown?.data.buffer ?? new ArrayBuffer(0)));

  minimap.frame(1000);
  const [background] = colours();
  expect(colours().size).toBe(1);
  expect(background).toBe(map.renderer.palette.pixels[swatchIndex.canvas]);

  model.frames.apply(frameOf([vmaOf(0, 4096)], [5], { present: [[0, 4096]] }), 1000);
  map.layout.update();
  minimap.frame(2000);
  expect(colours().size).toBeGreaterThan(1);

  model.frames.reset();
  map.layout.update();
  minimap.frame(3000);
  expect([...colours()]).toEqual([background]);
  minimap.dispose();
});
