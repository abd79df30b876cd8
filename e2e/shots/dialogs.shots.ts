/** Pictures of the dialogs and menus: `npm run shots -- dialogs`. */
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { KnownWriters, PAGES } from '../fixtures/known-writers.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { LessonPlayer } from '../pages/lesson-player.ts';

const folder = fileURLToPath(new URL('../../shots', import.meta.url));

async function run(page: Page, action: string): Promise<void> {
  await page.keyboard.press('Control+Shift+P');
  const field = page.getByRole('combobox', { name: 'Find a command' });
  await field.fill(action);
  const actions = page.getByRole('listbox', { name: 'Commands' });
  await expect(actions.getByRole('option').first()).toContainText(action);
  await field.press('Enter');
}

for (const scheme of ['dark', 'light'] as const) {
  const shoot = async (page: Page, name: string): Promise<void> => {
    await page.screenshot({ path: `${folder}/${name}-${scheme}.png` });
  };

  test(`triggers, named ranges, marks, menus, ${scheme}`, async ({ launch, programs, setWindowSize }) => {
    const program = await KnownWriters.start(programs);
    const { page, app } = await launch({ source: `pid:${program.pid}` });
    await page.emulateMedia({ colorScheme: scheme });
    const view = new InspectorWindow(page);
    await view.live();
    await setWindowSize(app, 1280, 800);
    await page.getByRole('radio', { name: 'Interval' }).click();
    await run(page, 'Triggers');
    const form = page.getByRole('form', { name: 'New trigger' });
    const memory = `0x${(program.start * 4096).toString(16)}+${PAGES * 4}K`;
    await form.getByRole('textbox', { name: 'Memory' }).fill(memory);
    await form.getByRole('textbox', { name: 'Note' }).fill('world written');
    await form.getByRole('button', { name: 'Add trigger' }).click();
    await program.run();
    await expect(page.getByRole('list', { name: 'Triggers' })).toContainText('acted 1×');
    await shoot(page, 'triggers');
    await page.keyboard.press('Escape');

    await page.keyboard.press('n');
    await run(page, 'Name this range');
    await page.getByRole('textbox', { name: 'Name' }).fill('player state');
    await shoot(page, 'named-range');
    await page.keyboard.press('Enter');
    await run(page, 'Show named ranges');
    await shoot(page, 'named-ranges');
    await page.keyboard.press('Escape');

    for (const menu of ['Theme and colours', 'Export', 'Columns', 'About this source']) {
      const button = page.getByRole('button', { name: menu });
      if ((await button.count()) === 0) continue;
      await button.click();
      await shoot(page, `menu-${menu.split(' ')[0]?.toLowerCase()}`);
      await page.keyboard.press('Escape');
    }
    await page.getByRole('button', { name: 'Theme and colours' }).click();
    await page.getByRole('menuitemradio', { name: 'How often' }).click();
    await page.keyboard.press('Escape');
    await view.data.moreSamples(20);
    await shoot(page, 'how-often');
  });

  test(`guide, this machine, the end of a lesson, ${scheme}`, async ({ launch, setWindowSize }) => {
    const { page, app } = await launch();
    await page.emulateMedia({ colorScheme: scheme });
    await setWindowSize(app, 1280, 800);
    await run(page, 'User guide');
    await page.getByRole('dialog', { name: 'User guide' }).waitFor();
    await shoot(page, 'guide');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^This machine \d/ }).click();
    await page.getByRole('region', { name: 'What attaching does' }).scrollIntoViewIfNeeded();
    await shoot(page, 'start-machine');
    await page
      .getByRole('region', { name: 'Lessons' })
      .getByRole('button', { name: /^Swap keeps/ })
      .click();
    const player = new LessonPlayer(page);
    await player.panel.waitFor();
    while ((await player.result.count()) === 0) {
      const answers = player.panel.getByRole('button', { name: 'Show answer' });
      for (let open = await answers.count(); open > 0; open--) {
        await answers.first().press('Enter');
        await expect(answers).toHaveCount(open - 1);
      }
      await player.forward();
    }
    await shoot(page, 'lessons-end');
  });
}
