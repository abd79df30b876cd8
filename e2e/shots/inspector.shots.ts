/** Pictures of the inspector, the palette and the help. */
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

const folder = fileURLToPath(new URL('../../shots', import.meta.url));

for (const scheme of ['dark', 'light'] as const) {
  const shoot = async (page: Page, name: string): Promise<void> => {
    await page.screenshot({ path: `${folder}/${name}-${scheme}.png` });
  };

  test(`inspector of a simulated program, ${scheme}`, async ({ launch, setWindowSize }) => {
    const { page, app } = await launch({ source: 'simulated' });
    await page.emulateMedia({ colorScheme: scheme });
    const inspector = new InspectorWindow(page);
    await inspector.live();
    await inspector.data.moreSamples(20);
    await page.keyboard.press('n');
    await inspector.data.moreSamples(10);
    await shoot(page, 'inspector-page');
    await page.getByRole('tab', { name: 'Tables' }).click();
    await inspector.data.moreSamples(2);
    await shoot(page, 'inspector-tables');
    await page.getByRole('tab', { name: 'Page-table walk' }).click();
    await inspector.data.moreSamples(10);
    await shoot(page, 'walk');
    await setWindowSize(app, 1920, 1080);
    await inspector.data.moreSamples(10);
    await shoot(page, 'walk-projected');
    await setWindowSize(app, 1280, 800);
    await page.keyboard.press('Control+Shift+P');
    await page.keyboard.type('zoo');
    await page.getByRole('option').first().waitFor();
    await shoot(page, 'palette');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('F1');
    await page.getByRole('dialog').waitFor();
    await shoot(page, 'keys');
  });

  test(`inspector of the demo program, ${scheme}`, async ({ launch, programs }) => {
    const { page } = await launch();
    await page.emulateMedia({ colorScheme: scheme });
    const inspector = new InspectorWindow(page);
    const demo = await programs.demo('--hz', '20');
    await inspector.start.attach(demo.pid);
    await inspector.live();
    await inspector.data.moreSamples(10);
    await page.keyboard.press('n');
    await inspector.data.moreSamples(10);
    await shoot(page, 'inspector-demo');
    await page.getByRole('tab', { name: 'Bytes' }).click();
    await inspector.data.moreSamples(10);
    await shoot(page, 'inspector-bytes');
    await page.getByRole('tab', { name: 'Tables' }).click();
    await inspector.data.moreSamples(5);
    await shoot(page, 'inspector-demo-tables');
  });
}
