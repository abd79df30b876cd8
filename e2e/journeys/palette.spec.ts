/** The palette and the keyboard help. */
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

test('an action is found by its name and run, without a mouse', async ({ launch }) => {
  const { page } = await launch({ source: 'simulated' });
  const window = new InspectorWindow(page);
  const palette = page.getByRole('dialog', { name: 'Commands' });
  await window.live();
  await window.map.focus();

  await page.keyboard.press('Control+Shift+P');
  const field = page.getByRole('combobox', { name: 'Find a command' });
  await expect(field).toBeFocused();
  await page.keyboard.type('pause or res');
  const first = palette.getByRole('option').first();
  await expect(first).toContainText('Pause or resume sampling');
  await expect(first).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Resume sampling' })).toBeVisible();
  await expect(field).toHaveCount(0);
  // The focus is back where it was.
  await expect(window.map).toBeFocused();

  // What was run last is first; Escape changes nothing.
  await page.keyboard.press('Control+Shift+P');
  await expect(palette.getByRole('option').first()).toContainText('Pause or resume sampling');
  await page.keyboard.press('ArrowDown');
  await expect(palette.getByRole('option').nth(1)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Escape');
  await expect(field).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Resume sampling' })).toBeVisible();
  await expect(window.map).toBeFocused();
});

test('an unavailable command is listed with the reason, and does nothing', async ({ launch }) => {
  const { page } = await launch();
  const palette = page.getByRole('dialog', { name: 'Commands' });
  const window = new InspectorWindow(page);
  await expect(window.start.view).toBeVisible();
  await page.keyboard.press('Control+Shift+P');
  await page.keyboard.type('clear_refs');
  const option = palette.getByRole('option').first();
  await expect(option).toContainText('unavailable');
  await expect(option).toHaveAttribute('aria-disabled', 'true');
  await page.keyboard.press('Enter');
  await expect(option).toBeVisible();

  await page.keyboard.press('Control+A');
  await page.keyboard.type('light theme');
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
});

test('the help shows every key, and each of the convention’s keys is there', async ({ launch }) => {
  const { page } = await launch({ source: 'simulated' });
  const window = new InspectorWindow(page);
  await window.live();
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(help).toBeVisible();
  const caps = await help.locator('.keyhelp__line .keycaps').allTextContents();
  for (const key of ['Space', 'G', 'C', 'B', 'F', '0', 'W', 'A', 'S', 'D', 'Esc', '?', 'CtrlShiftP', 'N']) {
    expect(caps, key).toContain(key);
  }
  await page.keyboard.press('Escape');
  await expect(help).toHaveCount(0);

  // In a field a key is a letter.
  const filter = page.getByRole('textbox', { name: 'Filter mappings' });
  await filter.fill('');
  await filter.press('?');
  await expect(filter).toHaveValue('?');
  await expect(help).toHaveCount(0);
});

test('the application menu has the same actions, with their keys', async ({ launch }) => {
  const { page, app } = await launch({ source: 'simulated' });
  const window = new InspectorWindow(page);
  await window.live();
  const item = (id: string) =>
    app.evaluate(({ Menu }, name) => {
      const found = Menu.getApplicationMenu()?.getMenuItemById(name);
      return found ? { label: found.label, accelerator: found.accelerator, enabled: found.enabled } : null;
    }, id);
  await expect.poll(() => item('sampling.toggle')).toMatchObject({ accelerator: 'Space', enabled: true });
  expect(await item('help.palette')).toMatchObject({
    accelerator: 'CommandOrControl+Shift+P',
    enabled: true,
  });
  expect(await item('sampling.once')).toEqual({ label: 'Take one sample', accelerator: '.', enabled: true });
  expect(await item('program.kill')).toMatchObject({ enabled: false });

  await app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('sampling.toggle')?.click());
  await expect(page.getByRole('button', { name: 'Resume sampling' })).toBeVisible();
  await window.closeSource();
  await expect.poll(async () => (await item('sampling.toggle'))?.enabled).toBe(false);
});
