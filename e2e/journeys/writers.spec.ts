/** Which code writes to the selected pages: watched, shown, exported, recorded and played back. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { violations } from '../fixtures/axe.ts';
import { FUNCTIONS, KNOWN_WRITERS_SOURCE, KnownWriters, PAGES } from '../fixtures/known-writers.ts';
import { answerOpenedAddresses } from '../fixtures/opened-addresses.ts';
import { answerSaveDialog } from '../fixtures/save-dialog.ts';
import { expect, test } from '../fixtures/test.ts';
import { goTo, watchWriters } from '../fixtures/watched-writers.ts';
import { TimelinePanel } from '../pages/timeline-panel.ts';

let folder = '';
test.beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inspector-writers-'));
});
test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('functions, threads and pages of a C++ program, live and in its recording', async ({
  launch,
  programs,
  setWindowSize,
}) => {
  const program = await KnownWriters.start(programs);
  const { page, app } = await launch({ source: `pid:${program.pid}` });
  const { view, inspector, round } = await watchWriters(page, program);
  const timeline = new TimelinePanel(page, view.data);
  await timeline.record();
  const rounds = 5;
  for (let i = 0; i < rounds; i++) await round();

  const showsAll = async (): Promise<void> => {
    for (const [i, name] of FUNCTIONS.entries()) {
      const row = inspector.writers.filter({ hasText: name });
      await expect(row).toHaveCount(1);
      await expect(row).toContainText(`(${program.tids[i]})`);
      await expect(row).toContainText(/known-writers\.cc:\d+/);
      await expect(row.locator('td').first()).toHaveText(String(PAGES / 4));
    }
  };
  await showsAll();
  await expect(inspector.writersState).toContainText(/[3-9]\d\d writes found/);
  expect(await violations(page), 'watching').toEqual([]);

  // The line opens in the user's editor, which is VS Code if no other one has a window.
  const opened = await answerOpenedAddresses(app);
  const line = inspector.writers.filter({ hasText: FUNCTIONS[0] });
  await line.getByRole('button', { name: /^Open .* in the editor$/ }).click();
  const source = /known-writers\.cc:(\d+)/.exec((await line.textContent()) ?? '')?.[1];
  await expect.poll(opened).toEqual([`vscode://file${KNOWN_WRITERS_SOURCE}:${source}`]);
  await expect(page.getByText(/known-writers\.cc:\d+ opened in VS Code/)).toBeVisible();

  await page.getByRole('tab', { name: 'Flame graph' }).click();
  const flame = page.getByRole('tree', { name: 'Flame graph of writers' });
  for (const [i, name] of FUNCTIONS.entries()) {
    await expect(flame.getByRole('treeitem', { name: `game (${program.tids[i]}), 80 writes` })).toBeVisible();
    await expect(flame.getByRole('treeitem', { name: `${name}, 80 writes` })).toBeVisible();
  }
  expect(await violations(page), 'flame graph').toEqual([]);
  // Deeper than its place it scrolls there, and does not cover the timeline.
  await setWindowSize(app, 1440, 420);
  const [graph, below] = await Promise.all([flame.locator('..').boundingBox(), timeline.panel.boundingBox()]);
  if (!graph || !below) throw new Error('flame graph and timeline are shown');
  expect(graph.y + graph.height).toBeLessThanOrEqual(below.y + 1);
  await setWindowSize(app, 1440, 900);
  await page.getByRole('tab', { name: 'Address map' }).click();

  const file = join(folder, 'writers.json');
  const offered = await answerSaveDialog(app, file);
  await inspector.panel.getByRole('button', { name: 'JSON', exact: true }).click();
  await expect(page.getByText(`Saved as ${file}`)).toBeVisible();
  expect(await offered()).toEqual([expect.stringMatching(/soft-dirty .*writers\.json$/)]);
  const exported = JSON.parse(readFileSync(file, 'utf8')) as {
    function: string;
    pages: number;
    writes: number;
    tid: number;
  }[];
  for (const [i, name] of FUNCTIONS.entries())
    expect(exported).toContainEqual(
      expect.objectContaining({
        function: name,
        tid: program.tids[i],
        pages: PAGES / 4,
        writes: (rounds * PAGES) / 4,
      }),
    );

  await inspector.panel.getByRole('button', { name: 'Stop' }).click();
  await expect(inspector.writersState).toContainText('Not watching');
  // One page has one writer.
  await goTo(page, program.start + 5);
  await expect(inspector.writers).toHaveCount(1);
  await expect(inspector.writers).toContainText(FUNCTIONS[1]);

  await timeline.stopRecording();
  await timeline.openRecorded();
  await goTo(page, program.start + 5);
  const total = inspector.panel.getByTestId('writers-total');
  for (const at of [rounds, 1, 3]) {
    await timeline.goToFrame(at);
    await expect(total).toHaveText(
      at === 1 ? '1 first write in 1 sample' : `${at} first writes in ${at} samples`,
    );
    await expect(inspector.writers).toContainText(FUNCTIONS[1]);
  }

  // Selected pages and a selected interval limit the table and the flame graph.
  await goTo(page, program.start + 4);
  await view.map.focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+ArrowRight');
  await timeline.goToFrame(2);
  await page.keyboard.press('Shift+End');
  await expect(inspector.panel).toContainText(/4 selected pages · selected interval of/);
  await expect(total).toHaveText('16 first writes in 4 samples');
  await expect(inspector.writers).toHaveCount(FUNCTIONS.length);
  await page.getByRole('tab', { name: 'Flame graph' }).click();
  await expect(flame.getByRole('treeitem', { name: 'All writers, 16 writes' })).toBeVisible();
  for (const name of FUNCTIONS)
    await expect(flame.getByRole('treeitem', { name: `${name}, 4 writes` })).toBeVisible();
  await page.getByRole('tab', { name: 'Address map' }).click();

  await expect(inspector.panel.getByRole('button', { name: /^Watch/ })).toHaveCount(0);
  expect(await violations(page), 'recorded').toEqual([]);
});
