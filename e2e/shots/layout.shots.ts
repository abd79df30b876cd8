/** Pictures of small and magnified windows. */
import { fileURLToPath } from 'node:url';
import { writeFile } from 'node:fs/promises';
import type { ElectronApplication } from '@playwright/test';
import { test } from '../fixtures/test.ts';
import { zoomTo } from '../fixtures/zoom.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

const folder = fileURLToPath(new URL('../../shots', import.meta.url));

/** By Electron itself: Playwright's picture of a magnified page is the corner of it. */
async function shoot(app: ElectronApplication, name: string): Promise<void> {
  const png = await app.evaluate(async ({ BrowserWindow }) => {
    const image = await BrowserWindow.getAllWindows()[0]?.webContents.capturePage();
    return image?.toPNG().toString('base64') ?? '';
  });
  await writeFile(`${folder}/${name}.png`, Buffer.from(png, 'base64'));
}

for (const [width, height, factor] of [
  [800, 600, 1],
  [1280, 800, 2],
  [800, 600, 2],
] as const) {
  test(`${width} × ${height} at ${factor * 100} %`, async ({ launch, setWindowSize }) => {
    const { page, app } = await launch({ source: 'simulated' });
    await page.emulateMedia({ colorScheme: 'dark' });
    const inspector = new InspectorWindow(page);
    await inspector.live();
    await setWindowSize(app, width, height);
    await zoomTo(app, factor);
    await inspector.data.moreSamples(10);
    await page.keyboard.press('n');
    await inspector.data.moreSamples(10);
    await shoot(app, `layout-${width}-${factor * 100}`);
    await page.keyboard.press('F1');
    await page.getByRole('dialog').waitFor();
    await shoot(app, `layout-${width}-${factor * 100}-keys`);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+Shift+P');
    await page.getByRole('dialog').waitFor();
    await shoot(app, `layout-${width}-${factor * 100}-palette`);
    await zoomTo(app, 1);
  });
}
