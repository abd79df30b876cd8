/** The map coloured by writers, its legend and the mappings' column: `npm run shots -- writers`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KnownWriters } from '../fixtures/known-writers.ts';
import { expect, test } from '../fixtures/test.ts';
import { closeUp, watchWriters } from '../fixtures/watched-writers.ts';

const folder = fileURLToPath(new URL('../../shots', import.meta.url));

for (const scheme of ['dark', 'light'] as const) {
  test(`writers, ${scheme}`, async ({ launch, programs }) => {
    const program = await KnownWriters.start(programs);
    const { page } = await launch({ source: `pid:${program.pid}` });
    const { view, round } = await watchWriters(page, program);
    for (let i = 0; i < 3; i++) await round();
    await view.selectTheme(scheme === 'dark' ? 'Dark' : 'Light');
    await page.getByRole('button', { name: 'Theme and colours' }).click();
    await page.getByRole('menuitemradio', { name: 'Writers' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Columns' }).click();
    for (const name of ['Rate', 'Start', 'Size'])
      await page.getByRole('menuitemcheckbox', { name, exact: true }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Top writer' }).click();
    await page.keyboard.press('Escape');
    await closeUp(page, program.start + 20);
    await expect(page.getByTestId('legend-writers').getByRole('button').nth(3)).toBeVisible();
    await page.screenshot({ path: `${folder}/writers-map-${scheme}.png` });
    const svg = await page.evaluate(() => window.inspectorDebug.mapSvg());
    writeFileSync(`${folder}/writers-map-${scheme}.svg`, svg);
    await page.getByTestId('legend-writers').getByRole('button').first().click();
    await page.getByRole('tab', { name: 'Flame graph' }).click();
    await page.screenshot({ path: `${folder}/writers-flame-${scheme}.png` });
    await page.getByRole('tab', { name: 'Address map' }).click();
    await page.screenshot({ path: `${folder}/writers-filter-${scheme}.png` });
  });
}
