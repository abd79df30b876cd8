/** The map's picture: the same by both painters, after a lost graphics context, and in the files that are exported. */
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

/** Opens a workload, runs it briefly and stops it. */
async function still(page: Page, workload: string, parameters: Record<string, number | boolean> = {}) {
  const window = new InspectorWindow(page);
  await expect(
    window.start.card('Simulated program').getByRole('button', { name: 'Simulate' }),
  ).toBeEnabled();
  await page.evaluate(
    ([id, values]) =>
      globalThis.window.inspectorDebug.call('source.open', {
        kind: 'simulated',
        workload: id,
        parameters: values,
        seed: 5,
      }),
    [workload, parameters] as const,
  );
  await window.live();
  await window.data.moreSamples(8);
  await window.pauseSampling();
  return window;
}

/** How many pixels of the map differ by more than `tolerance` in any channel between two painters, and of how many. */
function compare(page: Page, tolerance: number) {
  return page.evaluate((most) => {
    const debug = window.inspectorDebug;
    const take = (painter: 'WebGL2' | 'Canvas 2D') => {
      debug.usePainter(painter);
      const picture = debug.picture();
      if (!picture || debug.painter !== painter) throw new Error(`no picture by ${painter}`);
      return picture;
    };
    const one = take('WebGL2');
    const other = take('Canvas 2D');
    const differs = (i: number): boolean => Math.abs((one.data[i] ?? 0) - (other.data[i] ?? 0)) > most;
    const colourAt = (i: number): number =>
      ((one.data[i] ?? 0) << 16) | ((one.data[i + 1] ?? 0) << 8) | (one.data[i + 2] ?? 0);
    let different = 0;
    let previous = colourAt(0);
    const colours = new Set([previous]);
    for (let i = 0; i < one.data.length; i += 4) {
      if (differs(i) || differs(i + 1) || differs(i + 2)) different++;
      const colour = colourAt(i);
      if (colour !== previous) colours.add((previous = colour));
    }
    debug.usePainter('auto');
    const sameSize = one.width === other.width && one.height === other.height;
    return { different, pixels: one.width * one.height, colours: colours.size, sameSize };
  }, tolerance);
}

for (const workload of ['game-loop', 'huge-pages', 'sparse-mapping'] as const) {
  test(`both painters show the same picture of ${workload}, at every zoom`, async ({ launch }) => {
    const { page } = await launch();
    const window = await still(page, workload);
    await window.map.focus();
    for (const zooms of [0, 4, 10, 12]) {
      for (let i = 0; i < zooms; i++) await page.keyboard.press('+');
      const { different, pixels, colours, sameSize } = await compare(page, 8);
      expect(sameSize).toBe(true);
      expect(pixels).toBeGreaterThan(100_000);
      expect(colours).toBeGreaterThan(1);
      expect(different / pixels).toBeLessThan(0.0005);
    }
  });
}

test('a lost graphics context leaves a picture, and is restored', async ({ launch }) => {
  const { page } = await launch();
  const window = await still(page, 'game-loop');
  await page.evaluate(() => globalThis.window.inspectorDebug.usePainter('WebGL2'));
  await expect.poll(() => window.data.painter()).toBe('WebGL2');
  const [seen] = await window.data.inView(await window.data.written());
  if (seen === undefined) throw new Error('no written page is in view');
  const colour = await window.data.pixel(seen);

  await page.evaluate(() => globalThis.window.inspectorDebug.loseContext(true));
  await expect.poll(() => window.data.painter()).toBe('Canvas 2D');
  expect(await window.data.pixel(seen)).toEqual(colour);
  await page.evaluate(() => globalThis.window.inspectorDebug.loseContext(false));
  await expect.poll(() => window.data.painter()).toBe('WebGL2');
  expect(await window.data.pixel(seen)).toEqual(colour);
});

test('an exported picture has the map’s pixels, labels as text and a legend', async ({ launch }) => {
  const { page } = await launch();
  await still(page, 'game-loop');

  const svg = await page.evaluate(() => globalThis.window.inspectorDebug.mapSvg());
  const texts = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
  expect(texts.join('\n')).toContain('Game loop');
  expect(texts).toEqual(
    expect.arrayContaining(['written since the last clear', 'never touched', 'split huge page']),
  );
  expect(svg.match(/<path /g)?.length).toBeGreaterThan(3);

  // The PNG holds the picture of the map as it is, somewhere below its caption: searched by a row of pixels.
  const found = await page.evaluate(async () => {
    const debug = globalThis.window.inspectorDebug;
    const picture = debug.picture();
    const bitmap = await createImageBitmap(await debug.mapPng());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    if (!context || !picture) throw new Error('no picture');
    context.drawImage(bitmap, 0, 0);
    const left = bitmap.width - 16 - picture.width;
    const middle = Math.floor(picture.height / 2);
    const row = picture.data.subarray(middle * picture.width * 4, (middle + 1) * picture.width * 4);
    for (let y = 0; y < bitmap.height; y++) {
      const { data } = context.getImageData(left, y, picture.width, 1);
      // Labels and marks cover some pages.
      let same = 0;
      for (let x = 0; x < picture.width; x++) {
        if ([0, 1, 2].every((c) => data[x * 4 + c] === row[x * 4 + c])) same++;
      }
      if (same > picture.width * 0.95) return { width: bitmap.width, height: bitmap.height, type: 'found' };
    }
    return { width: bitmap.width, height: bitmap.height, type: 'not found' };
  });
  expect(found.type).toBe('found');
});

test('huge pages are outlined, split ones flagged, in the data too', async ({ launch }) => {
  const { page } = await launch();
  const window = await still(page, 'huge-pages', { splits: 3, arena: 16 });
  const runs = (plane: number) =>
    page.evaluate((one) => globalThis.window.inspectorDebug.planeRuns(one), plane);
  const [HUGE, SPLIT] = [3, 7];
  await expect
    .poll(async () => {
      await window.step();
      return (await runs(HUGE)).length > 0 && (await runs(SPLIT)).length > 0;
    })
    .toBe(true);
  const whole = await runs(HUGE);
  for (const [start, end] of whole) expect([start % 512, end % 512]).toEqual([0, 0]);
  const broken = await runs(SPLIT);
  // No tile is both.
  for (const [start] of broken) {
    const tile = Math.floor(start / 512);
    expect(whole.some(([from, to]) => from <= tile * 512 && to > tile * 512)).toBe(false);
  }
  // In an exported picture each outline is a rectangle across the map; those of split tiles are dashed.
  const svg = await page.evaluate(() => globalThis.window.inspectorDebug.mapSvg());
  // Colours that every program supports: sRGB, no variables and no mixtures.
  const colours = [...svg.matchAll(/ (?:fill|stroke|stop-color)="([^"]*)"/g)].map(
    ([, colour = '']) => colour,
  );
  expect(colours.length).toBeGreaterThan(20);
  expect(colours.filter((colour) => !/^(#[0-9a-f]{6}|none|url\(#[\w-]+\))$/.test(colour))).toEqual([]);
  expect(svg).not.toMatch(/oklch|color-mix|var\(|style=|<style/);
  const wide = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"[^>]* fill="none"[^>]*>/g)].filter(
    ([element, width]) => Number(width) > 200 && !element.includes('x="15.5"'),
  );
  const dashed = wide.filter(([element]) => element.includes('stroke-dasharray')).length;
  const outlines = { plain: wide.length - dashed, dashed };
  expect(outlines.plain).toBe(whole.reduce((sum, [start, end]) => sum + (end - start) / 512, 0));
  const tiles = broken.flatMap(([start, end]) => {
    const [first, last] = [Math.floor(start / 512), Math.floor((end - 1) / 512)];
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  expect(outlines.dashed).toBe(new Set(tiles).size);
});
