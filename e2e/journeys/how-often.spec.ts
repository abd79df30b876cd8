/** How often pages are written: as a colouring, in words, by mapping and as a table. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csvParse } from 'd3';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

const folder = mkdtempSync(join(tmpdir(), 'inspector-often-'));
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the map is coloured by how often pages were written, and words and tables have the same counts', async ({
  launch,
  programs,
}) => {
  const demo = await programs.demo('--lock-step', '--seed', '7');
  const { page, app } = await launch();
  const window = new InspectorWindow(page);
  await window.start.attach(demo.pid);
  await window.live();
  await page.evaluate(() => globalThis.window.inspectorDebug.call('session.configure', { mode: 'interval' }));
  await window.pauseSampling();

  const counts = new Map<number, number>();
  for (let sample = 0; sample < 12; sample++) {
    const written = await demo.step(1);
    for (const one of written) counts.set(one, (counts.get(one) ?? 0) + 1);
    const before = await window.data.sequence();
    await page.getByRole('button', { name: 'Take one sample' }).click();
    await window.data.after(before);
  }
  const most = Math.max(...counts.values());
  const often = [...counts].filter(([, count]) => count === most).map(([one]) => one);
  // A pixel may show a part of the next page: the one that is written more often is seen.
  const once = [...counts.keys()].filter((one) =>
    [one - 1, one, one + 1].every((near) => (counts.get(near) ?? 1) === 1),
  );
  expect(most).toBeGreaterThan(2);
  expect(once.length).toBeGreaterThan(0);

  const menu = page.getByRole('button', { name: 'Theme and colours' });
  await menu.click();
  await page.getByRole('menuitemradio', { name: 'How often' }).click();
  const legend = page.getByTestId('legend-often');
  await expect(legend).toContainText(/How often in the last [1-9]/);
  await expect(page.getByRole('radio', { name: 'Samples' })).toBeVisible();

  // Pages that were written equally often look alike, whenever it was; others do not.
  const seen = async (pages: readonly number[]): Promise<string[]> => {
    const inView = (await window.data.inView(pages)).slice(0, 8);
    return (await window.data.pixels(inView)).map(String);
  };
  await expect.poll(async () => (await seen(often))[0] === (await seen(once))[0]).toBe(false);
  expect(new Set(await seen(often)).size).toBe(1);
  expect(new Set(await seen(once)).size).toBe(1);

  // In words: under the pointer, and in the page's tab.
  const [target = 0] = await window.data.inView(often);
  const place = await window.data.place(target);
  await page.mouse.move(place.x, place.y);
  await expect(page.getByTestId('readout-often')).toContainText(`written in ${most} of the last`);
  await page.mouse.click(place.x, place.y);
  await expect(page.getByTestId('page-how-often')).toContainText(`written in ${most} of the last`);

  // By mapping, in the table that is exported.
  const file = join(folder, 'mappings.csv');
  await app.evaluate(({ dialog }, path) => {
    Object.assign(dialog, { showSaveDialog: async () => ({ canceled: false, filePath: path }) });
  }, file);
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: 'Export the mappings as a CSV table' }).click();
  await expect(page.getByText(`Saved as ${file}`)).toBeVisible();
  const buffer = csvParse(readFileSync(file, 'utf8')).find(
    ({ start = '0' }) => Number(BigInt(start) / 4096n) === demo.start,
  );
  const inBuffer = [...counts].filter(([one]) => one >= demo.start && one < demo.end);
  expect(buffer).toMatchObject({ once_pages: String(inBuffer.filter(([, count]) => count === 1).length) });
  const sum = ['every', 'most', 'periodic', 'rare', 'once'].reduce(
    (total, name) => total + Number(buffer?.[`${name}_pages`]),
    0,
  );
  expect(sum).toBe(inBuffer.length);
});
