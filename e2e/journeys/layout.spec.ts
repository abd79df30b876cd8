/** Panels: moved by mouse and keys, remembered, and everything reachable in a small or magnified window. */
import { rmSync } from 'node:fs';
import type { ElectronApplication, Locator, Page } from '@playwright/test';
import { freshProfile } from '../fixtures/launch.ts';
import { expect, test } from '../fixtures/test.ts';
import { zoomTo } from '../fixtures/zoom.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

const widthOf = async (page: Page, selector: string): Promise<number> =>
  (await page.locator(selector).boundingBox())?.width ?? NaN;

/** Magnifies the page, and waits for that. */
async function zoom(app: ElectronApplication, page: Page, factor: number): Promise<void> {
  const before = await page.evaluate(() => window.innerWidth);
  await zoomTo(app, factor);
  if (factor !== 1) await page.waitForFunction((width) => window.innerWidth < width, before);
}

/** Controls that a user cannot reach, by name. */
async function outOfReach(page: Page): Promise<string[]> {
  const controls = page.locator(
    'button:visible, input:not([type="checkbox"]):visible, .check:visible, [role="tab"]:visible, [role="separator"]:visible',
  );
  return controls.evaluateAll((elements) =>
    elements.flatMap((element) => {
      element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      const box = element.getBoundingClientRect();
      const line = element.getAttribute('role') === 'separator';
      // A line between panels may be longer than the window is high.
      const tall = line || (box.top >= -1 && box.bottom <= window.innerHeight + 1);
      const inside = box.left >= -1 && box.right <= window.innerWidth + 1 && tall;
      const name = element.getAttribute('aria-label') ?? element.textContent;
      return inside
        ? []
        : [`${element.tagName} ${name} at ${box.left},${box.top} ${box.width}×${box.height}`];
    }),
  );
}

/** Pixels that an element would have to be scrolled sideways; 0 or less: none. */
const sidewaysOf = (element: Locator): Promise<number> =>
  element.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
/** Like `sidewaysOf`, downwards. */
const downwardsOf = (element: Locator): Promise<number> =>
  element.evaluate(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight);

test('the page-table walk fits at 1280 × 800, and P gives it the whole window', async ({
  launch,
  setWindowSize,
}) => {
  const { page, app } = await launch({ source: 'simulated' });
  const inspector = new InspectorWindow(page);
  await inspector.live();
  await inspector.pauseSampling();
  await setWindowSize(app, 1280, 800);
  const walk = await inspector.showWalk();
  expect(await sidewaysOf(walk)).toBeLessThanOrEqual(0);
  expect(await downwardsOf(walk)).toBeLessThanOrEqual(0);
  // Where it does not fit, it scrolls, and the window does not.
  await setWindowSize(app, 800, 600);
  await expect.poll(() => downwardsOf(walk)).toBeGreaterThan(0);
  expect(await downwardsOf(page.locator('html'))).toBeLessThanOrEqual(0);
  await setWindowSize(app, 1280, 800);
  await expect.poll(() => downwardsOf(walk)).toBeLessThanOrEqual(0);
  await page.keyboard.press('p');
  await expect(page.getByRole('region', { name: 'Timeline' })).toHaveCount(0);
  await expect(page.locator('#side-left')).toHaveCount(0);
  const width = await page.evaluate(() => window.innerWidth);
  expect((await walk.boundingBox())?.width).toBe(width);
  expect(await sidewaysOf(walk)).toBeLessThanOrEqual(0);
  expect(await downwardsOf(walk)).toBeLessThanOrEqual(0);
  await page.keyboard.press('p');
  await expect(inspector.map).toBeVisible();
  await expect(page.locator('#side-left')).toHaveCount(1);
});

test('Space plays after a button was clicked, and the focus stays in the window', async ({ launch }) => {
  const { page } = await launch({ source: 'simulated' });
  const inspector = new InspectorWindow(page);
  await inspector.live();
  const interval = page.getByRole('radio', { name: 'Interval' });
  await interval.click();
  await expect(interval).toBeChecked();
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: 'Resume sampling' })).toBeVisible();
  await expect(interval).toBeChecked();
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: 'Pause sampling' })).toBeVisible();

  const focused = () => page.evaluate(() => document.activeElement?.tagName ?? 'nothing');
  // The separator disappears with its panel, and so does the button that closes the source.
  await page.getByRole('separator', { name: 'Width of the mappings' }).press('Enter');
  await expect(page.locator('#side-left')).toHaveCount(0);
  await expect.poll(focused).not.toBe('BODY');
  await page.getByRole('button', { name: 'Close source' }).press('Enter');
  await expect(inspector.start.view).toBeVisible();
  await expect.poll(focused).not.toBe('BODY');
});

test('sizes and open panels are remembered between runs', async ({ launch }) => {
  const profile = freshProfile();
  try {
    const first = await launch({ source: 'simulated', profile });
    const inspector = new InspectorWindow(first.page);
    await inspector.live();
    const line = first.page.getByRole('separator', { name: 'Width of the mappings' });
    const before = await widthOf(first.page, '#side-left');
    await line.focus();
    for (let i = 0; i < 3; i++) await first.page.keyboard.press('ArrowRight');
    expect(await widthOf(first.page, '#side-left')).toBe(before + 48);
    await expect(line).toHaveAttribute('aria-valuenow', String(before + 48));

    const right = first.page.getByRole('separator', { name: 'Width of inspector and operations' });
    const box = await right.boundingBox();
    if (!box) throw new Error('no line');
    const wide = await widthOf(first.page, '#side-right');
    await first.page.mouse.move(box.x, box.y + 100);
    await first.page.mouse.down();
    await first.page.mouse.move(box.x - 40, box.y + 100, { steps: 4 });
    await first.page.mouse.up();
    expect(Math.abs((await widthOf(first.page, '#side-right')) - (wide + 40))).toBeLessThanOrEqual(1);
    const moved = await widthOf(first.page, '#side-right');

    await first.page.getByRole('button', { name: 'Inspector', exact: true }).click();
    await first.page.getByRole('tab', { name: 'Page-table walk' }).click();
    await first.close();

    const second = await launch({ source: 'simulated', profile });
    await expect(second.page.getByRole('tab', { name: 'Page-table walk' })).toHaveAttribute(
      'aria-selected',
      'true',
    );
    expect(await widthOf(second.page, '#side-left')).toBe(before + 48);
    expect(await widthOf(second.page, '#side-right')).toBe(moved);
    const fold = second.page.getByRole('button', { name: 'Inspector', exact: true });
    await expect(fold).toHaveAttribute('aria-expanded', 'false');

    // Enter on the line closes the panel, its key opens it again.
    await second.page.getByRole('separator', { name: 'Width of the mappings' }).press('Enter');
    await expect(second.page.locator('#side-left')).toHaveCount(0);
    await second.page.keyboard.press('Control+b');
    await expect(second.page.locator('#side-left')).toHaveCount(1);
    await second.close();
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
});

for (const [width, height, factor] of [
  [800, 600, 1],
  [1280, 800, 2],
  [800, 600, 2],
  [3840, 2160, 1],
] as const) {
  test(`nothing is cut off at ${width} × ${height}, ${factor * 100} %`, async ({ launch, setWindowSize }) => {
    const { page, app } = await launch();
    const inspector = new InspectorWindow(page);
    await setWindowSize(app, width, height);
    await zoom(app, page, factor);
    await expect(
      inspector.start.card('Simulated program').getByRole('button', { name: 'Simulate' }),
    ).toBeEnabled();
    expect(await outOfReach(page)).toEqual([]);
    await inspector.start.simulate();
    await page.waitForFunction(() => window.inspectorDebug.sequence >= 0);
    await page.getByRole('button', { name: 'Pause sampling' }).click();
    expect(await outOfReach(page)).toEqual([]);

    // Both sides can be opened, one after the other if there is no room for both.
    for (const [name, panel] of [
      ['Mappings', 'Memory mappings'],
      ['Inspector and operations', 'Inspector'],
    ] as const) {
      const toggle = page.getByRole('button', { name, exact: true });
      const region = page.getByRole('region', { name: panel });
      if (!(await region.isVisible())) await toggle.click();
      await expect(region).toBeVisible();
      expect(await outOfReach(page), panel).toEqual([]);
      if (panel === 'Memory mappings') expect(await sidewaysOf(inspector.mappings)).toBeLessThanOrEqual(0);
    }
    // Dialogs keep within the window.
    for (const [key, name] of [
      ['Control+Shift+P', 'Commands'],
      ['F1', 'Keyboard shortcuts'],
    ] as const) {
      await page.keyboard.press(key);
      const dialog = page.getByRole('dialog', { name });
      await expect(dialog).toBeVisible();
      const cut = await dialog.evaluate((element) => {
        const { left, top, right, bottom } = element.getBoundingClientRect();
        return Math.min(left, top, window.innerWidth - right, window.innerHeight - bottom);
      });
      expect(cut, name).toBeGreaterThanOrEqual(0);
      await page.keyboard.press('Escape');
      await expect(dialog).toHaveCount(0);
    }
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(sideways).toBeLessThanOrEqual(0);
    await zoom(app, page, 1);
  });
}
