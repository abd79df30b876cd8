/** Triggers: added, met by a real program, shown with what they did; commands only after a question of the shell. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { violations } from '../fixtures/axe.ts';
import { KnownWriters, PAGES } from '../fixtures/known-writers.ts';
import { askedQuestions } from '../fixtures/launch.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

let folder = '';
test.beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inspector-triggers-'));
});
test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a mark, a pause and a command when pages of a real program are written', async ({
  launch,
  programs,
}) => {
  const program = await KnownWriters.start(programs);
  const { page, app } = await launch({ source: `pid:${program.pid}` });
  const view = new InspectorWindow(page);
  await view.live();
  await page.getByRole('radio', { name: 'Interval' }).click();
  await view.pauseSampling();
  const memory = `0x${(program.start * 4096).toString(16)}+${PAGES * 4}K`;
  await page.keyboard.press('Control+Shift+P');
  await page.getByRole('combobox', { name: 'Find a command' }).fill('Triggers');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Triggers' });
  const form = dialog.getByRole('form', { name: 'New trigger' });
  const list = dialog.getByRole('list', { name: 'Triggers' }).getByRole('listitem');
  const select = async (label: string, choice: string): Promise<void> => {
    await form.getByRole('button', { name: label }).click();
    await page.getByRole('option', { name: choice }).click();
  };
  const add = form.getByRole('button', { name: 'Add trigger' });
  await add.click();
  await expect(form.getByText('Which memory?')).toBeVisible();

  await form.getByRole('textbox', { name: 'Memory' }).fill(memory);
  await form.getByRole('textbox', { name: 'Note' }).fill('world written');
  await form.getByRole('checkbox', { name: 'Each time' }).check({ force: true });
  await add.click();
  await expect(list).toHaveCount(1);
  await select('Do this', 'Run a command');
  const ran = join(folder, 'ran');
  const command = `echo $SOFT_DIRTY_PAGES >> '${ran}'`;
  await form.getByRole('checkbox', { name: 'Each time' }).uncheck({ force: true });
  await form.getByRole('textbox', { name: 'Command' }).fill(command);
  await add.click();
  await expect(list).toHaveCount(2);
  expect(JSON.stringify(await askedQuestions(app))).toContain('Let a trigger run this command?');
  await select('When', 'A number of pages');
  await select('Do this', 'Pause the program');
  await add.click();
  await expect(list).toHaveCount(3);
  expect(await violations(page), 'triggers').toEqual([]);
  await expect(list.nth(0)).toContainText('acted 0×');
  expect(existsSync(ran)).toBe(false);

  await program.run();
  await view.sample();
  await expect(list.nth(0)).toContainText('acted 1×');
  await expect(list.nth(1)).toContainText('The command succeeded.');
  expect(readFileSync(ran, 'utf8')).toBe(`${PAGES}\n`);
  // At 100 pages and more; the memory has fewer.
  await expect(list.nth(2)).toContainText('acted 0×');
  const marks = await page.evaluate(() => window.inspectorDebug.call('marks.list', {}));
  expect(JSON.stringify(marks)).toContain('world written');
  // The message is that of the trigger which acted last.
  const acted = /^Trigger .*(world written: \d+ pages from|The command succeeded\.)/;
  await expect(page.getByText(acted).first()).toBeVisible();

  await form.getByRole('textbox', { name: 'Pages' }).fill(String(PAGES));
  await form.getByRole('textbox', { name: 'Pages' }).press('Tab');
  await add.click();
  await expect(list).toHaveCount(4);
  await program.run();
  await view.sample();
  await expect(list.nth(3)).toContainText('The program is paused.');
  const state = await page.evaluate(() => window.inspectorDebug.call('session.state', {}));
  expect(state.source?.running).toBe(false);
  await expect(list.nth(0)).toContainText('acted 2×');
  // It acted once, so its checkbox is off; enabled, it acts again.
  await expect(list.nth(1).getByRole('checkbox')).not.toBeChecked();
  await list
    .nth(2)
    .getByRole('button', { name: /^Remove/ })
    .click();
  await expect(list).toHaveCount(3);
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await page.evaluate(() => window.inspectorDebug.call('source.control', { action: 'continue' }));
});

test('no message of the page alone adds a command', async ({ launch }) => {
  const { page } = await launch({ source: 'demo' });
  const view = new InspectorWindow(page);
  await view.live();
  const out = join(folder, 'started');
  const condition = { kind: 'pages', memory: null, atLeast: 1 };
  const trigger = { condition, action: { kind: 'run', command: `touch '${out}'` }, each: true };
  const forged = `${'0'.repeat(32)}.${'0'.repeat(64)}`;
  for (const permits of [[], [forged]])
    expect(
      await page.evaluate(([payload, given]) => window.inspectorDebug.send('trigger.add', payload, given), [
        trigger,
        permits,
      ] as const),
    ).toBe('not-permitted');
  expect((await page.evaluate(() => window.inspectorDebug.call('triggers.list', {}))).triggers).toEqual([]);
  expect(existsSync(out)).toBe(false);
});
