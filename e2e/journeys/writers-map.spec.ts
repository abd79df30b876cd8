/** The map coloured by writers, and the mappings' column Top writer: live, exported and played back. */
import type { Locator } from '@playwright/test';
import { violations } from '../fixtures/axe.ts';
import { FUNCTIONS, KnownWriters, PAGES } from '../fixtures/known-writers.ts';
import { expect, test } from '../fixtures/test.ts';
import { closeUp, watchWriters } from '../fixtures/watched-writers.ts';
import { TimelinePanel } from '../pages/timeline-panel.ts';

/** The colour of an entry of the legend, as pixels have it. */
const colourOf = async (entry: Locator): Promise<string> => {
  const css = await entry
    .locator('.legend__swatch')
    .evaluate((swatch) => getComputedStyle(swatch).backgroundColor);
  return (css.match(/\d+/g) ?? []).join(',');
};

test('pages have the colour of their last writer, by function and by thread, live and in a recording', async ({
  launch,
  programs,
}) => {
  const program = await KnownWriters.start(programs);
  const { page } = await launch({ source: `pid:${program.pid}` });
  const { view, inspector, round } = await watchWriters(page, program);
  const timeline = new TimelinePanel(page, view.data);
  await timeline.record();
  for (let i = 0; i < 3; i++) await round();

  await page.getByRole('button', { name: 'Theme and colours' }).click();
  await page.getByRole('menuitemradio', { name: 'Writers' }).click();
  await page.keyboard.press('Escape');
  await closeUp(page, program.start + 20);
  const legend = page.getByTestId('legend-writers');
  const entryOf = (name: string): Locator => legend.getByRole('button').filter({ hasText: name });
  const pagesBy = (writer: number): number[] =>
    Array.from({ length: PAGES / 4 }, (_, i) => program.start + 4 * i + writer);
  const seen = async (pages: readonly number[]): Promise<string[]> => {
    const inView = await view.data.inView(pages);
    expect(inView.length).toBeGreaterThan(3);
    const pixels = await view.data.pixels(inView.slice(0, 6));
    return [...new Set(pixels.map(String))];
  };
  /** All pages of a writer look like its entry, and entries look different. */
  const isColoured = async (names: readonly string[]): Promise<void> => {
    const colours = new Set<string>();
    for (const [i, name] of names.entries()) {
      await expect(entryOf(name)).toContainText(String(PAGES / 4));
      const colour = await colourOf(entryOf(name));
      await expect.poll(() => seen(pagesBy(i)), { message: name }).toEqual([colour]);
      colours.add(colour);
    }
    expect(colours.size).toBe(names.length);
  };
  const threads = program.tids.map((tid) => `game (${tid})`);
  for (const painter of ['WebGL2', 'Canvas 2D'] as const) {
    await page.evaluate((by) => window.inspectorDebug.usePainter(by), painter);
    await isColoured(FUNCTIONS);
  }
  expect(await violations(page), 'legend').toEqual([]);

  // One entry has the map to itself.
  const one = entryOf(FUNCTIONS[2]);
  await one.click();
  await expect(one).toHaveAttribute('aria-pressed', 'true');
  const others = [...pagesBy(0), ...pagesBy(1), ...pagesBy(3)];
  const colours = await Promise.all(FUNCTIONS.map((name) => colourOf(entryOf(name))));
  await expect.poll(async () => (await seen(others)).some((colour) => colours.includes(colour))).toBe(false);
  expect(await seen(pagesBy(2))).toEqual([colours[2]]);
  await one.click();
  await isColoured(FUNCTIONS);

  await page.getByRole('radio', { name: 'Threads' }).click();
  await isColoured(threads);
  await page.getByRole('radio', { name: 'Functions' }).click();

  // In words: the page under the pointer.
  const place = await view.data.place(program.start + 21);
  await page.mouse.move(place.x, place.y);
  await expect(page.getByTestId('readout-writer')).toHaveText(`by ${FUNCTIONS[1]} in ${threads[1]}`);

  const svg = await page.evaluate(() => window.inspectorDebug.mapSvg());
  expect(svg).toContain('Written by function');
  for (const name of FUNCTIONS) expect(svg).toContain(`${name} · ${PAGES / 4} pages`);

  // In the table of mappings.
  await page.getByRole('button', { name: 'Columns' }).click();
  for (const name of ['Rate', 'Start', 'Size'])
    await page.getByRole('menuitemcheckbox', { name, exact: true }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Top writer' }).click();
  await page.keyboard.press('Escape');
  const row = view.mappings.getByRole('row').nth(1);
  await expect(row).toContainText(/2\d %/);
  await expect(row).toContainText(/game::/);

  await inspector.panel.getByRole('button', { name: 'Stop' }).click();
  await timeline.stopRecording();
  await timeline.openRecorded();
  await timeline.goToFrame(2);
  await closeUp(page, program.start + 20);
  await isColoured(FUNCTIONS);
  await expect(view.mappings.getByRole('row').filter({ hasText: /2\d %/ })).toContainText(/game::/);
  expect(await violations(page), 'recorded').toEqual([]);
});
