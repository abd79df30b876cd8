/** Pictures of the views with a time axis, dark and light: `npm run shots -- time`. */
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

const folder = fileURLToPath(new URL('../../shots', import.meta.url));

for (const scheme of ['dark', 'light'] as const) {
  const shoot = async (page: Page, name: string): Promise<void> => {
    await page.screenshot({ path: `${folder}/${name}-${scheme}.png` });
  };

  test(`address × time, ${scheme}`, async ({ launch }) => {
    const { page } = await launch({ source: 'simulated' });
    await page.emulateMedia({ colorScheme: scheme });
    const inspector = new InspectorWindow(page);
    await inspector.live();
    await page.getByRole('radio', { name: 'Interval' }).click();
    await page.getByRole('tab', { name: 'Address × time' }).click();
    await inspector.data.moreSamples(150);
    const chart = page.getByTestId('address-time');
    const box = await chart.boundingBox();
    if (box) await page.mouse.click(box.x + box.width * 0.7, box.y + box.height * 0.4);
    await shoot(page, 'address-time');
    await page.getByRole('button', { name: 'Limit to selection' }).click();
    await page.mouse.move(10, 400);
    await page.getByTestId('addrtime-scope').filter({ hasText: '0x' }).waitFor();
    await shoot(page, 'address-time-part');
  });

  test(`timeline, ${scheme}`, async ({ launch }) => {
    const { page } = await launch({ source: 'simulated' });
    await page.emulateMedia({ colorScheme: scheme });
    const inspector = new InspectorWindow(page);
    await inspector.live();
    await page.getByRole('radio', { name: 'Interval' }).click();
    await inspector.data.moreSamples(60);
    await page.keyboard.press('e');
    await inspector.data.moreSamples(60);
    await page.keyboard.press('r');
    await inspector.data.moreSamples(40);
    await page.keyboard.press('m');
    await page.getByRole('textbox', { name: 'Note' }).fill('the boss appears');
    await shoot(page, 'timeline-mark');
    await page.keyboard.press('Enter');
    const chart = page.getByTestId('timeline');
    const box = await chart.boundingBox();
    if (box) await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.5);
    await shoot(page, 'timeline-live');
    await page.keyboard.press('r');
    await page.getByRole('button', { name: 'Open it' }).click();
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    if (box) {
      await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.5);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.5);
      await page.mouse.up();
    }
    await page.keyboard.press('l');
    await page.keyboard.press('Space');
    await inspector.data.moreSamples(20);
    await shoot(page, 'timeline-recorded');
    await page.keyboard.press('Space');
    await page.keyboard.press('Shift+A');
    if (box) {
      await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.5);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.9, box.y + box.height * 0.5);
      await page.mouse.up();
    }
    await page.keyboard.press('Shift+B');
    const grid = page.getByRole('treegrid', { name: 'Compared mappings' });
    await grid.focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
    await shoot(page, 'compare');
    await page.getByRole('button', { name: 'Close source' }).click();
    await inspector.start.view.waitFor();
    await shoot(page, 'start-recent');
  });
}
