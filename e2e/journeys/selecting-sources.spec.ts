/** Selecting a source: a process by its name, a program with its folder and environment. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePid } from '../fixtures/programs.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

test('a process is found by its name, attached to with the keyboard, and its picture seen', async ({
  launch,
  programs,
}) => {
  const demo = await programs.demo('--lock-step', '--seed', '8');
  const { page } = await launch();
  const window = new InspectorWindow(page);
  const card = window.start.card('Attach to a process');
  const search = card.getByRole('textbox', { name: 'Search processes' });
  const row = card.getByRole('option', { name: new RegExp(`^\\S+ ${demo.pid} `) });

  await search.fill(`demo-program ${demo.pid}`);
  await expect(row).toBeVisible();
  await expect(row).toHaveAccessibleName(/demo-program\.js --lock-step.*, can be attached to$/);
  await expect(card.getByTestId('process-count')).toHaveText(/^1 of [\d,]+$/);
  await search.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(row).toHaveAttribute('aria-selected', 'true');
  await expect(card.getByRole('textbox', { name: 'Process number (pid)' })).toHaveValue(String(demo.pid));
  await page.keyboard.press('Enter');
  await window.live();
  await window.data.shows(await demo.step(2), demo.start, demo.end);
});

test('a process that starts and ends appears in the list and disappears', async ({ launch, programs }) => {
  const { page } = await launch();
  const card = new InspectorWindow(page).start.card('Attach to a process');
  const pid = await programs.sleeper();
  await card.getByRole('textbox', { name: 'Search processes' }).fill(String(pid));
  const row = card.getByRole('option', { name: new RegExp(`^\\S+ ${pid} `) });
  await expect(row).toBeVisible();
  process.kill(pid, 'SIGKILL');
  await expect(row).toHaveCount(0);
});

test(
  'a program is launched with a folder and an environment variable; its output is shown',
  { tag: '@both' },
  async ({ launch }) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'working-folder-')));
    const { page } = await launch();
    const window = new InspectorWindow(page);
    const card = window.start.card('Launch a program');
    const field = (name: string) => card.getByRole('textbox', { name });
    const start = card.getByRole('button', { name: 'Launch' });
    const program = 'console.log(process.cwd(), process.env.GREETING); setInterval(() => {}, 1000)';
    await field('Arguments').fill(`-e "${program}"`);
    await field('Environment').fill('GREETING=good day');
    try {
      await field('Command').fill('/does/not/exist');
      await start.click();
      await expect(field('Command')).toHaveAccessibleDescription(/no such program/);
      await expect(field('Command')).toBeFocused();
      await field('Command').fill(process.execPath);

      await field('Working folder').fill(`/folder-${freePid()}`);
      await start.click();
      await expect(field('Working folder')).toHaveAccessibleDescription(/There is no folder/);
      await field('Working folder').fill(folder);

      await start.click();
      await window.live();
      const pid = await window.pid();
      try {
        await page.getByRole('button', { name: 'Program output' }).click();
        await expect(page.getByRole('log', { name: 'Program output' })).toContainText(`${folder} good day`);
        await expect.poll(async () => (await window.data.vmas()).length).toBeGreaterThan(5);
      } finally {
        process.kill(pid, 'SIGKILL');
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test('what this machine can do is shown with its evidence', async ({ launch }) => {
  const { page } = await launch();
  const button = page.getByRole('button', { name: /^This machine \d/ });
  await expect(button).toContainText(/PAGEMAP_SCAN/);
  await button.click();
  const rows = page
    .getByRole('list', { name: 'What this kernel and this user can do' })
    .getByRole('listitem');
  await expect(rows).toHaveCount(13);
  await expect(rows.filter({ hasText: 'Soft-dirty' }).first()).toContainText('A freshly written page');
});
