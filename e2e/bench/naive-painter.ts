import type { Page } from '@playwright/test';
import '../pages/debug.ts';

const FRAMES = 2;

/** A simple painter, as a baseline: one rectangle per page on a Canvas 2D. @returns milliseconds of script per frame */
export function naivePainter(page: Page): Promise<number> {
  return page.evaluate((frames) => {
    const map = document.querySelector('[data-testid="address-map"]')?.getBoundingClientRect();
    const canvas = document.createElement('canvas');
    canvas.width = map?.width ?? 0;
    canvas.height = map?.height ?? 0;
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no Canvas 2D');
    const vmas = window.inspectorDebug.vmas();
    const rows = vmas.reduce((sum, { start, end }) => sum + Math.ceil((end - start) / 512), 0);
    const [width, height] = [canvas.width / 512, canvas.height / rows];
    const began = performance.now();
    for (let frame = 0; frame < frames; frame++) {
      const written = window.inspectorDebug.writtenRuns();
      let run = 0;
      let top = 0;
      for (const { start, end } of vmas) {
        for (let one = start; one < end; one++) {
          while ((written[run]?.[1] ?? Infinity) <= one) run++;
          context.fillStyle = one >= (written[run]?.[0] ?? Infinity) ? '#fde737' : '#3a3b3f';
          const index = one - start;
          context.fillRect((index % 512) * width, (top + Math.floor(index / 512)) * height, width, height);
        }
        top += Math.ceil((end - start) / 512);
      }
      // Recorded drawing commands are executed when pixels are requested.
      context.getImageData(0, 0, 1, 1);
    }
    return (performance.now() - began) / frames;
  }, FRAMES);
}
