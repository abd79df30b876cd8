/** Two times are compared against the pages that the program wrote at each. */
import type { Page } from '@playwright/test';
import type { Demo } from '../fixtures/demo.ts';
import { recordDemo, type RecordedDemo } from '../fixtures/recorded-demo.ts';
import { expect, test } from '../fixtures/test.ts';
import { answerDialogs } from '../pages/timeline-panel.ts';

type Sets = readonly [onlyA: number, onlyB: number, both: number];

function setsOf(a: ReadonlySet<number>, b: ReadonlySet<number>): Sets {
  const both = [...a].filter((page) => b.has(page)).length;
  return [a.size - both, b.size - both, both];
}

/** The table's row for the demo's buffer. */
async function bufferRow(page: Page, demo: Demo): Promise<number[]> {
  const address = (demo.start * 4096).toString(16);
  const grid = page.getByRole('treegrid', { name: 'Compared mappings' });
  const row = grid.getByRole('row').filter({ hasText: `0x${address}` });
  // Only rows in view are present: how many are above depends on what else the program wrote.
  const height = await grid.evaluate((element) => element.scrollHeight).catch(() => 0);
  for (let top = 0; top < height && (await row.count()) === 0; top += 100) {
    await grid.evaluate(async (element, y) => {
      element.scrollTo(0, y);
      for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
    }, top);
  }
  const cells = await row.getByRole('gridcell').allTextContents();
  return cells.slice(2).map((text) => Number(text.replaceAll(/\D/g, '')));
}

async function recordedTicks(page: Page, demo: Demo, count: number): Promise<RecordedDemo> {
  const recorded = await recordDemo(page, demo, count);
  await recorded.timeline.stopRecording();
  await recorded.timeline.openRecorded();
  return recorded;
}

test('two times, then an interval: the sets are those of the ticks', async ({ launch, programs }) => {
  const demo = await programs.demo('--lock-step', '--seed', '33');
  const { page } = await launch();
  const { timeline, ticks } = await recordedTicks(page, demo, 5);
  const tick = (i: number): ReadonlySet<number> => ticks[i] ?? new Set();

  await timeline.goToFrame(2);
  await page.keyboard.press('Shift+A');
  await timeline.goToFrame(4);
  await page.keyboard.press('Shift+B');
  await expect(page.getByRole('tab', { name: 'Compare' })).toHaveAttribute('aria-selected', 'true');
  await expect.poll(() => bufferRow(page, demo)).toEqual(setsOf(tick(1), tick(3)));

  // The whole recording as A: everything that any tick wrote.
  await timeline.position.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+End');
  await page.getByRole('button', { name: 'Use this range as A' }).click();
  const all = new Set(ticks.flatMap((pages) => [...pages]));
  await expect.poll(() => bufferRow(page, demo)).toEqual(setsOf(all, tick(3)));

  await page.getByRole('button', { name: 'Swap A and B' }).click();
  await expect.poll(() => bufferRow(page, demo)).toEqual(setsOf(tick(3), all));
});

test('two recordings are compared, and a run of the table is selected on the map', async ({
  launch,
  programs,
}) => {
  const demo = await programs.demo('--lock-step', '--seed', '5');
  const { page, app } = await launch();
  const first = await recordDemo(page, demo, 2);
  await first.timeline.stopRecording();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await first.window.resumeSampling();
  await first.window.closeSource();
  const second = await recordedTicks(page, demo, 2);
  expect(second.path).not.toBe(first.path);

  await page.getByRole('tab', { name: 'Compare' }).click();
  await answerDialogs(app, first.path);
  await page
    .getByRole('region', { name: 'Range A' })
    .getByRole('button', { name: /^Another/ })
    .click();
  await second.timeline.position.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+End');
  await page.getByRole('button', { name: 'Use this range as B' }).click();
  const union = ({ ticks }: RecordedDemo): Set<number> => new Set(ticks.flatMap((pages) => [...pages]));
  const [a, b] = [union(first), union(second)];
  await expect.poll(() => bufferRow(page, demo)).toEqual(setsOf(a, b));

  const grid = page.getByRole('treegrid', { name: 'Compared mappings' });
  const row = grid.getByRole('row').filter({ hasText: (demo.start * 4096).toString(16) });
  await row.click();
  await page.keyboard.press('ArrowRight');
  await expect(row).toHaveAttribute('aria-expanded', 'true');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const [start] = [...a, ...b].sort((x, y) => x - y);
  await page.getByRole('tab', { name: 'Address map' }).click();
  await expect(page.getByTestId('readout')).toContainText(((start ?? 0) * 4096).toString(16));
});
