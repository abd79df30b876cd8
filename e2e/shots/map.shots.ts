/** The address map from near and far, and what is exported of it: `npm run shots -- map`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

const folder = fileURLToPath(new URL('../../shots', import.meta.url));

for (const scheme of ['dark', 'light'] as const) {
  test(`map, ${scheme}`, async ({ launch }) => {
    const { page } = await launch({ source: 'simulated' });
    await page.emulateMedia({ colorScheme: scheme });
    const inspector = new InspectorWindow(page);
    await inspector.live();
    await page.evaluate(() =>
      window.inspectorDebug.call('source.open', {
        kind: 'simulated',
        workload: 'huge-pages',
        parameters: { arena: 24, splits: 6 },
        seed: 3,
      }),
    );
    await inspector.data.moreSamples(60);
    await inspector.pauseSampling();
    await page.screenshot({ path: `${folder}/map-huge-${scheme}.png` });
    const [png, svg] = await page.evaluate(async () => {
      const blob = await window.inspectorDebug.mapPng();
      const bytes = new Uint8Array(await blob.arrayBuffer());
      return [[...bytes], window.inspectorDebug.mapSvg()] as const;
    });
    writeFileSync(`${folder}/map-export-${scheme}.png`, Uint8Array.from(png));
    writeFileSync(`${folder}/map-export-${scheme}.svg`, svg);
    await page.keyboard.press('h');
    await page.keyboard.press('0');
    await inspector.data.vma('arena');
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
    await page.screenshot({ path: `${folder}/map-hilbert-${scheme}.png` });
    await page.keyboard.press('h');
  });

  test(`map down to the bytes, ${scheme}`, async ({ launch, programs }) => {
    const { page } = await launch();
    await page.emulateMedia({ colorScheme: scheme });
    const inspector = new InspectorWindow(page);
    const demo = await programs.demo('--hz', '60');
    await inspector.start.attach(demo.pid);
    await inspector.live();
    await inspector.data.moreSamples(20);
    const [target] = await inspector.data.written(demo.start, demo.end);
    await page.keyboard.press('Control+g');
    const field = page.getByRole('combobox', { name: 'Go to' });
    await field.fill('0x1000');
    await field.press('Enter');
    await page.screenshot({ path: `${folder}/map-jump-${scheme}.png` });
    await field.fill(`0x${((target ?? 0) * 4096).toString(16)}`);
    await field.press('Enter');
    await inspector.data.moreSamples(20);
    await page.screenshot({ path: `${folder}/map-pages-${scheme}.png` });
    for (const [name, row] of [
      ['shades', 300],
      ['hex', 1200],
    ] as const) {
      while ((await page.evaluate(() => window.inspectorDebug.camera.row)) < row) await page.keyboard.press('+');
      await page.evaluate((one) => window.inspectorDebug.contentOf(one), target ?? 0);
      await inspector.data.moreSamples(10);
      await page.screenshot({ path: `${folder}/map-${name}-${scheme}.png` });
    }
  });
}
