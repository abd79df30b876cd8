/** Ranges that the user names: kept, found again if the program is loaded elsewhere, shown, imported and exported. */
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { csvParse } from 'd3';
import { compiled } from '../fixtures/compiled.ts';
import { freshProfile } from '../fixtures/launch.ts';
import type { Programs } from '../fixtures/programs.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

const PAGE_SIZE = 4096n;

/** @returns its pid and the address of its variable `g_scores` */
async function start(programs: Programs, path: string): Promise<{ pid: number; scores: bigint }> {
  const child = programs.own(spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] }));
  const [printed] = (await once(child.stdout, 'data')) as [Buffer];
  return { pid: Number(child.pid), scores: BigInt(printed.toString().split(' ')[0] ?? '') - 40n };
}

async function run(page: Page, action: string): Promise<void> {
  await page.keyboard.press('Control+Shift+P');
  const field = page.getByRole('combobox', { name: 'Find a command' });
  await field.fill(action);
  await expect(page.getByRole('option').first()).toContainText(action);
  await field.press('Enter');
}

const hex = (address: bigint): string => `0x${address.toString(16)}`;

test('a named range is on the map, in the table and in the list, and is found again in the next run', async ({
  launch,
  programs,
}) => {
  const program = compiled('main/native/symbols/testing/data-places.c', '-g', '-pthread');
  const profile = freshProfile();
  try {
    const first = await start(programs, program.path);
    const { page, close } = await launch({ source: `pid:${first.pid}`, profile });
    const inspector = new InspectorWindow(page);
    await inspector.live();
    await page.keyboard.press('Control+g');
    await page.getByRole('combobox', { name: 'Go to' }).fill('g_scores');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('combobox', { name: 'Go to' })).toHaveCount(0);
    await page.keyboard.press('f');
    await run(page, 'Name this range');
    await page.getByRole('textbox', { name: 'Name' }).fill('high scores');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('dialog')).toHaveCount(0);

    const at = (first.scores / PAGE_SIZE) * PAGE_SIZE;
    const row = inspector.mappings.getByRole('row').filter({ hasText: 'high scores' });
    await page.getByRole('textbox', { name: 'Filter mappings' }).fill('high sco');
    await expect(row).toContainText('4 KiB');
    await expect.poll(() => page.evaluate(() => window.inspectorDebug.mapSvg())).toContain('high scores');

    // Good rows of a file are added, bad ones are listed; those that are there already are not added twice.
    const file = join(profile, 'ranges.csv');
    const used = hex(at + 0x10n);
    writeFileSync(
      file,
      `name,start,length\nheader,${used},0x20\nbroken,nowhere,16\n"more, later",0x1000,64K\n`,
    );
    await run(page, 'Show named ranges');
    const list = page.getByRole('list', { name: 'Named ranges' });
    for (const added of [
      '2 ranges added from ranges.csv',
      '0 ranges added from ranges.csv, 2 already there',
    ]) {
      await page.getByLabel('File of named ranges').setInputFiles(file);
      await expect(page.getByRole('dialog')).toContainText(added);
      await expect(page.getByRole('list', { name: 'Rows that were not imported' })).toHaveText(
        'Row 3: The start “nowhere” is not an address such as 0x7f0012340000. broken,nowhere,16',
      );
    }
    await expect(list.getByRole('listitem')).toHaveCount(3);
    await expect(list.getByRole('listitem').filter({ hasText: 'more, later' })).toContainText(
      'Nothing is mapped at 0x1000.',
    );
    await page.getByRole('button', { name: 'Rename header' }).click();
    await page.getByRole('textbox', { name: 'New name of header' }).fill('file head');
    await page.keyboard.press('Enter');
    await expect(list).toContainText('file head');
    await close();

    // Loaded elsewhere.
    const second = await start(programs, program.path);
    expect(second.scores).not.toBe(first.scores);
    const again = await launch({ source: `pid:${second.pid}`, profile });
    const next = new InspectorWindow(again.page);
    await next.live();
    await run(again.page, 'Show named ranges');
    const ranges = again.page.getByRole('list', { name: 'Named ranges' });
    const moved = (second.scores / PAGE_SIZE) * PAGE_SIZE;
    await expect(ranges.getByRole('listitem').filter({ hasText: 'high scores' })).toContainText(hex(moved));
    await expect(ranges.getByRole('listitem').filter({ hasText: 'file head' })).toContainText(
      hex(moved + 0x10n),
    );

    // The export is what was imported, with the current addresses.
    const target = join(profile, 'exported.csv');
    await again.app.evaluate(({ dialog }, filePath) => {
      Object.assign(dialog, { showSaveDialog: async () => ({ canceled: false, filePath }) });
    }, target);
    await again.page.getByRole('button', { name: 'CSV' }).click();
    await expect(again.page.getByText(`Saved as ${target}`)).toBeVisible();
    const exported = csvParse(readFileSync(target, 'utf8'));
    expect(exported.columns.slice(0, 3)).toEqual(['name', 'start', 'length']);
    expect(exported.find(({ name }) => name === 'file head')).toMatchObject({
      ...{ start: hex(moved + 0x10n), length: '0x20', file: program.path, kind: 'image' },
    });

    // Selecting it fills the operations form; removing it is permanent.
    await again.page.getByRole('button', { name: 'high scores', exact: true }).click();
    await expect(again.page.getByRole('dialog')).toHaveCount(0);
    await expect(again.page.getByTestId('page-ranges')).toHaveText('high scores, file head');
    await again.page.keyboard.press('Control+g');
    await again.page.getByRole('combobox', { name: 'Go to' }).fill('file head+8');
    await again.page.keyboard.press('Enter');
    await expect(again.page.getByRole('combobox', { name: 'Go to' })).toHaveCount(0);
    await expect(again.page.getByTestId('readout-ranges')).toHaveText('in high scores, file head');
    await expect(again.page.getByRole('textbox', { name: 'start' })).toHaveValue(hex(moved));
    await run(again.page, 'Show named ranges');
    await again.page.getByRole('button', { name: 'Remove high scores' }).click();
    await expect(ranges.getByRole('listitem')).toHaveCount(2);
    await again.close();
  } finally {
    program.remove();
    rmSync(profile, { recursive: true, force: true });
  }
});
