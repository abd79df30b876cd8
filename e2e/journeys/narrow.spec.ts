/** What a small or magnified window keeps readable. */
import type { Locator } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { zoomTo } from '../fixtures/zoom.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

/** Left and right edges of elements on the screen, in the order of the page. */
const edgesOf = (elements: Locator): Promise<[left: number, right: number][]> =>
  elements.evaluateAll((all) =>
    all.map((element) => {
      const { left, right } = element.getBoundingClientRect();
      return [left, right];
    }),
  );

/** What is at the middle of an element is the element, so nothing covers it. */
const isUncovered = (element: Locator): Promise<boolean> =>
  element.evaluate((node) => {
    const { left, top, width, height } = node.getBoundingClientRect();
    const found = document.elementFromPoint(left + Math.min(width, 40) / 2, top + height / 2);
    return found !== null && node.contains(found);
  });

test('the page-table walk at 800 × 600 and 200 % has its tab in view and its columns apart', async ({
  launch,
  setWindowSize,
}) => {
  const { page, app } = await launch({ source: 'simulated' });
  const inspector = new InspectorWindow(page);
  await inspector.live();
  await inspector.pauseSampling();
  await setWindowSize(app, 1280, 800);
  const walk = await inspector.showWalk();
  await setWindowSize(app, 800, 600);
  await zoomTo(app, 2);
  await page.waitForFunction(() => window.innerWidth === 400);
  const tab = page.getByRole('tab', { name: 'Page-table walk' });
  await expect.poll(async () => (await edgesOf(tab))[0]?.[1] ?? NaN).toBeLessThanOrEqual(400);
  for (const columns of [walk.locator('.level__digits'), walk.locator('.level__table')]) {
    const edges = await edgesOf(columns);
    expect(edges.length).toBeGreaterThanOrEqual(4);
    edges.slice(1).forEach(([left], i) => expect(edges[i]?.[1]).toBeLessThanOrEqual(left));
  }
  await zoomTo(app, 1);
});

test('a toast covers neither the program’s output nor the figures', async ({
  launch,
  programs,
  setWindowSize,
}) => {
  const { page, app } = await launch({ source: 'launch:/bin/sh -c "exec sleep 600"' });
  const inspector = new InspectorWindow(page);
  await inspector.live();
  programs.endLater(await inspector.pid());
  const output = page.getByRole('button', { name: /^Program output/ });
  await expect(output).toBeVisible();
  await page.getByRole('button', { name: /^Record/ }).click();
  await inspector.data.moreSamples(2);
  await page.getByRole('button', { name: /^Stop recording/ }).click();
  const toast = page.getByRole('status').filter({ hasText: 'Recorded' });
  await expect(toast).toBeVisible();
  const figures = page.getByRole('contentinfo', { name: 'Figures' });
  for (const [width, height] of [
    [1280, 800],
    [800, 600],
  ] as const) {
    await setWindowSize(app, width, height);
    expect(await isUncovered(output), `output at ${width}`).toBe(true);
    expect(await isUncovered(figures), `figures at ${width}`).toBe(true);
  }
});

test('a comparison at 800 × 600 has all its columns and counts, and ends above the timeline', async ({
  launch,
  setWindowSize,
}) => {
  const { page, app } = await launch({ source: 'simulated' });
  const inspector = new InspectorWindow(page);
  await inspector.live();
  await page.getByRole('radio', { name: 'Interval' }).click();
  await inspector.data.moreSamples(5);
  await inspector.pauseSampling();
  await setWindowSize(app, 800, 600);
  for (const side of ['Shift+A', 'Shift+B']) {
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press(side);
  }
  const grid = page.getByRole('treegrid', { name: 'Compared mappings' });
  await expect(grid.getByRole('row').nth(1)).toBeVisible();
  expect(
    await grid.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth),
  ).toBeLessThanOrEqual(0);
  expect(await isUncovered(page.getByTestId('compare-both'))).toBe(true);
  const note = await page.getByTestId('past-note').boundingBox();
  const side = await page.getByRole('button', { name: 'Swap A and B' }).boundingBox();
  expect((note?.y ?? NaN) + (note?.height ?? NaN)).toBeLessThanOrEqual(side?.y ?? NaN);
  expect(await isUncovered(page.getByRole('button', { name: /^Record/ }))).toBe(true);
  const view = await page.getByRole('region', { name: 'Compare', exact: true }).boundingBox();
  const timeline = await page.getByRole('region', { name: 'Timeline' }).boundingBox();
  expect((view?.y ?? NaN) + (view?.height ?? NaN)).toBeLessThanOrEqual(timeline?.y ?? NaN);
  // What does not fit can be scrolled to.
  await grid.getByRole('row').nth(1).scrollIntoViewIfNeeded();
  expect(await isUncovered(grid.getByRole('row').nth(1))).toBe(true);
});
