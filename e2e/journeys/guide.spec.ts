/** The user guide in the window: found by its name, read by keyboard, with the pictures that come with it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { violations } from '../fixtures/axe.ts';
import { appFolder } from '../fixtures/launch.ts';
import { expect, test } from '../fixtures/test.ts';

test('the guide of the project is in the program, with its sections and pictures', async ({ launch }) => {
  const { page } = await launch();
  await page.keyboard.press('Control+Shift+P');
  await page.keyboard.type('user guide');
  await page.keyboard.press('Enter');
  const guide = page.getByRole('dialog', { name: 'User guide' });
  await expect(guide).toBeVisible();

  const document = readFileSync(join(appFolder, '..', 'GUIDE.md'), 'utf8');
  const titles = [...document.matchAll(/^## (.+)$/gm)].map(([, title]) => title ?? '');
  const end = titles.at(-1) ?? 'none';
  const contents = guide.getByRole('navigation', { name: 'Sections' });
  await expect(contents.getByRole('button')).toHaveText(['About this program', ...titles]);
  const text = guide.getByRole('group', { name: 'Text of the guide' });
  await expect(text.getByRole('heading')).toHaveText(['About this program', ...titles]);
  const pictures = [...document.matchAll(/^!\[(.+)\]\(.+\)$/gm)].map(([, alt]) => alt ?? '');
  expect(pictures.length).toBeGreaterThan(3);
  for (const alt of pictures) {
    const picture = text.getByRole('img', { name: alt, exact: true });
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1280);
  }

  // By keyboard: a section is reached from the list, and the text scrolls.
  const last = contents.getByRole('button', { name: end });
  await last.focus();
  await page.keyboard.press('Enter');
  await expect(text.getByRole('heading', { name: end })).toBeInViewport();
  await expect(last).toHaveAttribute('aria-current', 'true');
  await text.focus();
  await page.keyboard.press('Home');
  await expect(contents.getByRole('button').first()).toHaveAttribute('aria-current', 'true');
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(guide).toBeHidden();
});
