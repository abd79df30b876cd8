/** Pictures of the main views at every size of window and scale of the screen, for people to look at: `npm run shots -- sizes`. */
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

const folder = fileURLToPath(new URL('../../shots', import.meta.url));
const SIZES = [
  [800, 600],
  [1280, 800],
  [1440, 900],
  [3840, 2160],
] as const;

for (const scheme of ['dark', 'light'] as const) {
  test(`views at every size, ${scheme}`, async ({ launch, setWindowSize }) => {
    test.setTimeout(300_000);
    const { page, app } = await launch();
    await page.emulateMedia({ colorScheme: scheme });
    const inspector = new InspectorWindow(page);
    const shoot = async (name: string): Promise<void> => {
      for (const [width, height] of SIZES) {
        await setWindowSize(app, width, height);
        await painted(page);
        await page.screenshot({ path: `${folder}/${name}-${width}x${height}-${scheme}.png` });
      }
      await setWindowSize(app, 1280, 800);
    };
    await inspector.start.select(process.pid);
    await page.getByTestId('attach-effects').waitFor();
    await shoot('size-start');

    await inspector.start.simulate();
    await inspector.live();
    await inspector.data.moreSamples(60);
    await page.keyboard.press('n');
    await page.keyboard.press('m');
    await page.getByRole('textbox', { name: 'Note' }).fill('the boss appears');
    await page.keyboard.press('Enter');
    await inspector.data.moreSamples(20);
    await shoot('size-map');
    await page.getByRole('tab', { name: 'Tables' }).click();
    await page.getByRole('tab', { name: 'Page-table walk' }).click();
    await inspector.data.moreSamples(5);
    await shoot('size-walk');
    await page.keyboard.press('p');
    await inspector.data.moreSamples(5);
    await shoot('size-walk-whole');
    await page.keyboard.press('p');
    await page.getByRole('tab', { name: 'Address × time' }).click();
    await inspector.data.moreSamples(20);
    await shoot('size-address-time');
  });
}

for (const scale of [1.25, 2] as const) {
  test(`views on a screen of ${scale}`, async ({ launch, setWindowSize }) => {
    const { page, app } = await launch({ flags: [`--force-device-scale-factor=${scale}`] });
    await setWindowSize(app, 1280, 800);
    const inspector = new InspectorWindow(page);
    const shoot = async (name: string): Promise<void> => {
      await painted(page);
      await page.screenshot({ path: `${folder}/${name}-scale-${scale}.png` });
    };
    await inspector.start.simulate();
    await inspector.live();
    await inspector.data.moreSamples(60);
    await page.keyboard.press('n');
    await shoot('size-map');
    await page.getByRole('tab', { name: 'Address × time' }).click();
    await inspector.data.moreSamples(20);
    await shoot('size-address-time');
  });
}

/** Two frames after the window has its size. */
const painted = (page: Page): Promise<void> =>
  page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
  );
