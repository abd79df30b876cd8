import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csvParse } from 'd3';
import { answerSaveDialog } from '../fixtures/save-dialog.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

let folder = '';
test.beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inspector-export-'));
});
test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

const pageOf = (address = ''): number => Number(BigInt(address) / 4096n);

test('mappings and written pages as tables: the files have what is shown', async ({ launch, programs }) => {
  const demo = await programs.demo('--lock-step', '--seed', '5');
  const { page, app } = await launch();
  const window = new InspectorWindow(page);
  await window.start.attach(demo.pid);
  await window.live();
  await window.pauseSampling();
  const written = await demo.step(3);
  await page.getByRole('button', { name: 'Take one sample' }).click();
  await window.data.shows(written, demo.start, demo.end);

  const pages = join(folder, 'pages.csv');
  const offered = await answerSaveDialog(app, pages);
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: 'Export the written pages as a CSV table' }).click();
  await expect(page.getByText(`Saved as ${pages}`)).toBeVisible();
  expect(await offered()).toEqual([expect.stringMatching(/soft-dirty .*written pages\.csv$/)]);
  const exported = csvParse(readFileSync(pages, 'utf8')).flatMap(({ start, end }) =>
    Array.from({ length: pageOf(end) - pageOf(start) }, (_, i) => pageOf(start) + i),
  );
  expect(exported.filter((one) => one >= demo.start && one < demo.end)).toEqual(
    [...written].sort((a, b) => a - b),
  );

  const mappings = join(folder, 'mappings.csv');
  await answerSaveDialog(app, mappings);
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: 'Export the mappings as a CSV table' }).click();
  await expect(page.getByText(`Saved as ${mappings}`)).toBeVisible();
  const rows = csvParse(readFileSync(mappings, 'utf8'));
  expect(rows).toHaveLength((await window.data.vmas()).length);
  const buffer = rows.find(({ start }) => pageOf(start) === demo.start);
  expect(buffer).toMatchObject({ permissions: 'rw-p', written_pages: String(written.size) });
});

test('the map as pictures: a caption, a legend, and each written page in its colour', async ({
  launch,
  programs,
}) => {
  const demo = await programs.demo('--lock-step', '--seed', '11');
  const { page, app } = await launch();
  const window = new InspectorWindow(page);
  await window.start.attach(demo.pid);
  await window.live();
  await window.pauseSampling();
  const written = await demo.step(2);
  await page.getByRole('button', { name: 'Take one sample' }).click();
  await window.data.shows(written, demo.start, demo.end);

  const picture = async (kind: 'PNG' | 'SVG'): Promise<string> => {
    const path = join(folder, `map.${kind.toLowerCase()}`);
    await answerSaveDialog(app, path);
    await page.getByRole('button', { name: 'Export' }).click();
    await page
      .getByRole('menuitem', { name: `Export the map as a${kind === 'SVG' ? 'n' : ''} ${kind} picture` })
      .click();
    await expect(page.getByText(`Saved as ${path}`)).toBeVisible();
    return path;
  };
  const svg = readFileSync(await picture('SVG'), 'utf8');
  expect(svg).toContain('>written since the last clear<');
  expect(svg).toContain(String(demo.pid));

  // The picture on the screen is somewhere in the file: the colours of the pages just written.
  const path = await picture('PNG');
  const shown = await window.data.inView([...written]);
  expect(shown.length).toBeGreaterThan(0);
  const wanted = (await window.data.pixels(shown.slice(0, 5))).map((colour) => colour?.join(','));
  const bytes = readFileSync(path).toString('base64');
  const found = await page.evaluate(async (data) => {
    const blob = new Blob([Uint8Array.from(atob(data), (one) => one.charCodeAt(0))], { type: 'image/png' });
    const bitmap = await createImageBitmap(blob);
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    const pixels = context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? [];
    const colours = new Set<string>();
    for (let i = 0; i < pixels.length; i += 4) colours.add(`${pixels[i]},${pixels[i + 1]},${pixels[i + 2]}`);
    return { colours: [...colours], width: bitmap.width };
  }, bytes);
  expect(found.width).toBeGreaterThan(400);
  expect(found.colours).toEqual(expect.arrayContaining(wanted));
});

test(
  'an exact snapshot of selected pages: their contents, and the program continues',
  { tag: '@both' },
  async ({ launch, programs }) => {
    const demo = await programs.demo('--lock-step', '--seed', '3');
    const { page, app } = await launch();
    const window = new InspectorWindow(page);
    await window.start.attach(demo.pid);
    await window.live();
    const item = page.getByRole('menuitem', { name: 'Export a snapshot of the selected pages' });
    await page.getByRole('button', { name: 'Export' }).click();
    await expect(item).toBeDisabled();
    await page.keyboard.press('Escape');

    const written = await demo.step(2);
    await window.data.shows(written, demo.start, demo.end);
    await (await window.mappingAt(demo.start)).click();
    await page.keyboard.press('n');
    const path = join(folder, 'snapshot.bin');
    const offered = await answerSaveDialog(app, path);
    await page.getByRole('button', { name: 'Export' }).click();
    await item.click();
    await expect(
      page.getByText(`Saved as ${path}. 1 of 1 page read, 1 written; the program was stopped for`),
    ).toBeVisible();

    const [name = ''] = await offered();
    const start = Number(/snapshot (0x[0-9a-f]+)\.bin$/.exec(name)?.[1]);
    expect(written.has(start / 4096)).toBe(true);
    const memory = openSync(`/proc/${demo.pid}/mem`, 'r');
    const expected = Buffer.alloc(4096);
    readSync(memory, expected, 0, 4096, start);
    closeSync(memory);
    expect(readFileSync(path).equals(expected)).toBe(true);
    expect((await demo.step(1)).size).toBeGreaterThan(0);
  },
);

test('a file that cannot be written: reported, and the window continues; cancelled: nothing', async ({
  launch,
}) => {
  const { page, app } = await launch({ source: 'simulated' });
  const window = new InspectorWindow(page);
  await window.live();
  const exportMappings = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: 'Export the mappings as a CSV table' }).click();
  };
  const nowhere = join(folder, 'none', 'a.csv');
  await answerSaveDialog(app, nowhere);
  await exportMappings();
  await expect(window.alerts.first()).toContainText(
    `${nowhere} could not be written: there is no such file or folder (ENOENT).`,
  );
  await page.getByRole('button', { name: 'Dismiss' }).click();

  const offered = await answerSaveDialog(app, null);
  await exportMappings();
  await expect.poll(offered).toHaveLength(1);
  await window.data.moreSamples(3);
  await expect(window.alerts).toHaveCount(0);
  await expect(page.getByText('Saved as')).toHaveCount(0);
});
