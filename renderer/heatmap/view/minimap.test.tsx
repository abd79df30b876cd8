import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { frameOf, vmaOf } from '../../testing/memory.ts';
import { swatchIndex } from '../paint/palette.ts';
import { fillJsdom, TestWindow } from '../../testing/window.tsx';
import { Minimap } from './minimap.ts';

beforeAll(fillJsdom);
afterEach(() => vi.unstubAllGlobals());

/** The part of the browser's class that a painter uses. */
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

it('from afar brings its strips up to date in turn, all of them within an interval', () => {
  vi.stubGlobal('ImageData', Image);
  const { model, map } = new TestWindow();
  const [width, height, tiles] = [4, 8, 80];
  const memory = [vmaOf(0, tiles * 512)];
  const open = (): { minimap: Minimap; lines: () => string[] } => {
    let shown: Image | null = null;
    const context = { putImageData: (image: Image) => (shown = image) };
    const canvas = { getContext: () => context } as unknown as HTMLCanvasElement;
    const minimap = new Minimap(map, model, canvas, { width, height }, 1);
    const line = (y: number): string =>
      new Uint32Array(shown?.data.buffer ?? new ArrayBuffer(0)).slice(y * width, (y + 1) * width).join();
    return { minimap, lines: () => Array.from({ length: height }, (_, y) => line(y)) };
  };
  model.frames.apply(frameOf(memory, [], { present: [[0, tiles * 512]] }), 1000);
  map.layout.update();
  const { minimap, lines } = open();
  minimap.frame(1000);
  const before = lines();

  const written = Array.from({ length: tiles }, (_, tile) => tile * 512);
  model.frames.apply(frameOf(memory, written, { sequence: 1, present: [[0, tiles * 512]] }), 1000);
  const fresh = open();
  fresh.minimap.frame(1000);
  const after = fresh.lines();
  expect(after.filter((line, y) => line === before[y])).toEqual([]);
  for (const [at, upToDate] of [
    [1062.5, 2],
    [1125, 4],
    [1250, 8],
  ] as const) {
    minimap.frame(at);
    expect(lines()).toEqual([...after.slice(0, upToDate), ...before.slice(upToDate)]);
  }
  minimap.dispose();
  fresh.minimap.dispose();
});
