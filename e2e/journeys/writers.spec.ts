/** Which code writes to the selected pages: watched, shown, exported, recorded and played back. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { violations } from '../fixtures/axe.ts';
import { FUNCTIONS, KnownWriters, PAGES } from '../fixtures/known-writers.ts';
import { answerSaveDialog } from '../fixtures/save-dialog.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorPanel } from '../pages/inspector-panel.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { TimelinePanel } from '../pages/timeline-panel.ts';

let folder = '';
test.beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inspector-writers-'));
});
test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Selects a page by its address. */
async function goTo(page: Page, target: number): Promise<void> {
  await page.keyboard.press('Control+g');
  const field = page.getByRole('combobox', { name: 'Go to' });
  await field.fill(`0x${(target * 4096).toString(16)}`);
  await field.press('Enter');
  await expect(field).toHaveCount(0);
}

test('functions, threads and pages of a C++ program, live and in its recording', async ({
  launch,
  programs,
}) => {
  const program = await KnownWriters.start(programs);
  const { page, app } = await launch({ source: `pid:${program.pid}` });
  const view = new InspectorWindow(page);
  const inspector = new InspectorPanel(page);
  const timeline = new TimelinePanel(page, view.data);
  await view.live();
  await page.getByRole('radio', { name: 'Interval' }).click();
  await view.pauseSampling();
  const round = async (): Promise<void> => {
    await program.run();
    const before = await view.data.sequence();
    await page.evaluate(() => window.inspectorDebug.call('session.sample', {}));
    await view.data.after(before);
  };
  const vma = (await view.data.vmas()).find(
    ({ start, end }) => start <= program.start && program.start < end,
  );
  if (vma === undefined) throw new Error('no mapping of the program’s pages');
  await (await view.mappingAt(vma.start)).click();
  await inspector.show('Writers');
  await expect(inspector.writersState).toContainText('Not watching');
  expect(await violations(page), 'not watching').toEqual([]);

  await inspector.panel.getByRole('button', { name: /^Watch \d+ pages?$/ }).click();
  await expect(inspector.writersState).toContainText(`Watching ${vma.end - vma.start} pages`);
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

  await page.getByRole('tab', { name: 'Flame graph' }).click();
  const flame = page.getByRole('tree', { name: 'Flame graph of writers' });
  for (const [i, name] of FUNCTIONS.entries()) {
    await expect(flame.getByRole('treeitem', { name: `game (${program.tids[i]}), 80 writes` })).toBeVisible();
    await expect(flame.getByRole('treeitem', { name: `${name}, 80 writes` })).toBeVisible();
  }
  expect(await violations(page), 'flame graph').toEqual([]);
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
  await expect(inspector.panel.getByRole('button', { name: /^Watch/ })).toHaveCount(0);
  expect(await violations(page), 'recorded').toEqual([]);
});
