/**
 * Pixels on the screen, at every scale: the compositor shows of each canvas what was painted into
 * it, and no device pixel joins two pages.
 */
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { zoomTo } from '../fixtures/zoom.ts';
import type { Inspector } from '../fixtures/launch.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { TimelinePanel } from '../pages/timeline-panel.ts';

/** The zoom that gives a ratio on a screen with another one: for the page there is no difference. */
const RATIOS: readonly (readonly [screen: number, ratios: readonly number[]])[] = [
  [1.25, [1.25, 1.1, 1.5, 1.75]],
  [2, [2]],
];

/** Other canvases, and the views in which they are. */
const CANVASES = [
  ['Address map', '.minimap__pages'],
  ['Address map', '.timeline__canvas'],
  ['Address × time', '.addrtime__pages'],
  ['Compare', '.sets__pages'],
] as const;

async function setRatio({ app, page }: Inspector, screen: number, ratio: number): Promise<void> {
  await zoomTo(app, ratio / screen);
  await expect.poll(() => page.evaluate(() => devicePixelRatio)).toBeCloseTo(ratio, 3);
}

/** The window as it is on the screen, device pixel by device pixel, as a PNG in base64. */
async function screenOf(page: Page): Promise<string> {
  // Not `page.screenshot`, which cuts off a part where the page is zoomed.
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'png' });
  await session.detach();
  return data;
}

/**
 * Compares an element's pixels on the screen with those that were painted.
 * @param painter by whom the map is painted; without one `selector` is a 2D canvas
 * @returns how many pixels there are, and how many differ by more than `tolerance` in any channel
 */
function compare(page: Page, screen: string, selector: string, painter?: 'WebGL2' | 'Canvas 2D') {
  return page.evaluate(
    async ([png, which, by]) => {
      const element = document.querySelector(which);
      if (!element) throw new Error(`no ${which}`);
      const letters = atob(png);
      const bytes = new Uint8Array(letters.length);
      for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
      const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const surface = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = surface.getContext('2d', { willReadFrequently: true });
      if (!context) throw new Error('no Canvas 2D');
      context.drawImage(bitmap, 0, 0);
      const box = element.getBoundingClientRect();
      const snap = (at: number): number => Math.round(at * devicePixelRatio);
      const [left, top] = [snap(box.left), snap(box.top)];
      const [width, height] = [snap(box.right) - left, snap(box.bottom) - top];
      let painted: { width: number; height: number; data: ArrayLike<number> };
      if (by !== undefined) {
        if (window.inspectorDebug.painter !== by)
          throw new Error(`painted by ${window.inspectorDebug.painter}`);
        painted = window.inspectorDebug.picture() ?? { width: 0, height: 0, data: [] };
      } else {
        const canvas = element as HTMLCanvasElement;
        // A canvas that is not opaque is shown over the colour behind it.
        const own = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
        if (!own) throw new Error('no Canvas 2D');
        let behind: Element | null = canvas;
        const colourOf = (one: Element): string => getComputedStyle(one).backgroundColor;
        while (behind && colourOf(behind) === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
        own.fillStyle = behind ? colourOf(behind) : 'white';
        own.fillRect(0, 0, canvas.width, canvas.height);
        own.drawImage(canvas, 0, 0);
        painted = own.getImageData(0, 0, canvas.width, canvas.height);
      }
      const seen = context.getImageData(left, top, width, height).data;
      const { data } = painted;
      // Millions of pixels: without an array or a set entry for each.
      const differs = (i: number): boolean => Math.abs((seen[i] ?? 0) - (data[i] ?? 0)) > 3;
      let different = 0;
      let varied = false;
      for (let i = 0; i < seen.length; i += 4) {
        if (differs(i) || differs(i + 1) || differs(i + 2)) different++;
        varied ||= seen[i] !== seen[0] || seen[i + 1] !== seen[1] || seen[i + 2] !== seen[2];
      }
      return {
        sameSize: painted.width === width && painted.height === height,
        size: [painted.width, painted.height, width, height],
        different,
        varied,
      };
    },
    [screen, selector, painter] as const,
  );
}

/** Planes of what is drawn with a pattern: new memory, touched, hot, gone. */
const PATTERNS: readonly number[] = [4, 8, 9, 10];

/** Pages of the map's written runs whose cell has more than one colour, and the number of cells checked. */
function mixedCells(page: Page) {
  return page.evaluate((patterns) => {
    const debug = window.inspectorDebug;
    const picture = debug.picture();
    const area = document.querySelector('.map__box')?.getBoundingClientRect();
    if (!picture || !area) throw new Error('no map');
    const ratio = devicePixelRatio;
    const row = Math.floor(debug.camera.row * ratio);
    const colourAt = (x: number, y: number): number => {
      const i = (y * picture.width + x) * 4;
      return ((picture.data[i] ?? 0) << 16) | ((picture.data[i + 1] ?? 0) << 8) | (picture.data[i + 2] ?? 0);
    };
    const patterned = patterns.flatMap((plane) => debug.planeRuns(plane));
    const isPatterned = (one: number): boolean => patterned.some(([start, end]) => start <= one && one < end);
    let cells = 0;
    const mixed: number[] = [];
    const owners = new Map<string, number>();
    for (const [start, end] of debug.writtenRuns()) {
      for (let one = start; one < end; one++) {
        const middle = debug.pageToPixel(one);
        const next = debug.pageToPixel(one + 1);
        if (!middle || !next || next.x <= middle.x || isPatterned(one)) continue;
        const column = (next.x - middle.x) * ratio;
        // From the right edge: the box is snapped to device pixels, its left edge in CSS pixels is not.
        const centre = picture.width - (area.right - middle.x) * ratio;
        // The pixels whose centres are in the cell, without one on its edge: positions are in CSS pixels.
        const from = Math.max(0, Math.ceil(centre - column / 2 - 0.5 + 1e-3));
        const to = Math.ceil(centre + column / 2 - 0.5 - 1e-3);
        if (to <= from) continue;
        const y = Math.round((middle.y - area.top) * ratio);
        // The line at a cell's right, if there is room for one.
        const last = column >= 6 ? to - 1 : to;
        const colours = new Set<number>();
        for (let x = from; x < last; x++) {
          colours.add(colourAt(x, y));
          if (row > 3) colours.add(colourAt(x, y - 1));
          owners.set(`${x} ${y}`, (owners.get(`${x} ${y}`) ?? 0) + 1);
        }
        cells++;
        if (colours.size !== 1) mixed.push(one);
      }
    }
    return {
      cells,
      mixed: mixed.slice(0, 5),
      shared: [...owners.values()].filter((count) => count > 1).length,
    };
  }, PATTERNS);
}

for (const [screen, ratios] of RATIOS) {
  test(`one page is one pure device pixel on a screen of ${screen}, at ${ratios.join(', ')}`, async ({
    launch,
    setWindowSize,
  }) => {
    test.setTimeout(180_000);
    const inspector = await launch({ flags: [`--force-device-scale-factor=${screen}`] });
    const { app, page } = inspector;
    await setWindowSize(app, 1280, 800);
    const window = new InspectorWindow(page);
    await window.start.simulate();
    await window.live();
    await window.data.moreSamples(8);
    await window.pauseSampling();
    // The first sample that is kept as A, the latest as B.
    const { position } = new TimelinePanel(page, window.data);
    for (const [place, key] of [
      ['Home', 'Shift+A'],
      ['End', 'Shift+B'],
    ]) {
      await position.focus();
      await page.keyboard.press(place);
      await page.keyboard.press(key);
    }
    await expect(page.getByTestId('compare-map')).toBeVisible();
    await position.focus();
    await page.keyboard.press('Escape');
    // The map has the width of the window: a device pixel for each of a row's 512 pages at every ratio.
    for (const side of ['Mappings', 'Inspector and operations'])
      await page.locator('.toolbar').getByRole('button', { name: side, exact: true }).click();
    // Marks drawn over the pages are not part of them.
    await page.evaluate(() => {
      for (const name of [
        '.map__overlay',
        '.minimap__view',
        '.addrtime__overlay',
        '.timeline__over',
        '.sets__overlay',
      ]) {
        const rule = `${name} { visibility: hidden }`;
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(rule);
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
      }
    });
    for (const ratio of ratios) {
      await setRatio(inspector, screen, ratio);
      await page.mouse.move(0, 0);
      await page.getByRole('tab', { name: 'Address map' }).click();
      for (const painter of ['WebGL2', 'Canvas 2D'] as const) {
        await page.evaluate((by) => globalThis.window.inspectorDebug.usePainter(by), painter);
        const words = `${painter} at ${ratio}`;
        const same = { sameSize: true, different: 0, varied: true };
        await expect
          .poll(async () => compare(page, await screenOf(page), '.map__box', painter), { message: words })
          .toMatchObject(same);
        const { cells, mixed, shared } = await mixedCells(page);
        expect({ mixed, shared }, words).toEqual({ mixed: [], shared: 0 });
        expect(cells, words).toBeGreaterThan(100);
      }
      for (const [view, canvas] of CANVASES) {
        await page.getByRole('tab', { name: view }).click();
        await expect
          .poll(async () => compare(page, await screenOf(page), canvas), { message: `${canvas} at ${ratio}` })
          .toMatchObject({ sameSize: true, different: 0, varied: true });
      }
    }
  });
}
