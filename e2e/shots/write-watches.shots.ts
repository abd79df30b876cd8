/** Pictures of write watches and of the page that compares tracking methods. */
import { fileURLToPath } from 'node:url';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { WriteWatchPanel } from '../pages/write-watch-panel.ts';

const folder = fileURLToPath(new URL('../../shots', import.meta.url));

for (const scheme of ['dark', 'light'] as const) {
  test(`write watches, ${scheme}`, async ({ launch, programs }) => {
    const demo = await programs.demo('--hz', '20');
    const { page } = await launch();
    await page.emulateMedia({ colorScheme: scheme });
    const window = new InspectorWindow(page);
    await window.start.attach(demo.pid);
    await window.live();
    const watches = new WriteWatchPanel(page);
    await watches.open();
    await page.screenshot({ path: `${folder}/write-watches-empty-${scheme}.png` });
    await (await window.mappingAt(demo.start)).click();
    await watches.watchSelection();
    await watches.fill({ start: demo.start, pages: demo.end - demo.start, count: 400, flags: 1 });
    await window.data.moreSamples(30);
    await watches.press('GetWriteWatch');
    await page.screenshot({ path: `${folder}/write-watches-${scheme}.png` });
    await watches.panel.getByRole('button', { name: 'Use as cache' }).click();
    await window.data.moreSamples(60);
    await watches.use.scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${folder}/write-watches-use-${scheme}.png` });
  });

  test(`tracking methods, ${scheme}`, async ({ launch }) => {
    test.setTimeout(180_000);
    const { page } = await launch();
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: `${folder}/start-methods-${scheme}.png` });
    await page.getByRole('button', { name: 'Compare tracking methods' }).click();
    const dialog = page.getByRole('dialog', { name: 'Tracking methods' });
    await page.screenshot({ path: `${folder}/methods-empty-${scheme}.png` });
    await dialog.getByRole('button', { name: 'Measure', exact: true }).click();
    await expect(dialog.getByTestId('methods-claims')).toBeVisible({ timeout: 150_000 });
    await page.screenshot({ path: `${folder}/methods-${scheme}.png` });
    await dialog.getByTestId('methods-claims').scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${folder}/methods-claims-${scheme}.png` });
  });
}
