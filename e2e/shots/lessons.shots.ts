/** The gallery, a lesson with a question, a wrong answer, and the presentation. */
import { join } from 'node:path';
import { appFolder } from '../fixtures/launch.ts';
import { expect, test } from '../fixtures/test.ts';
import { LessonPlayer } from '../pages/lesson-player.ts';

const shots = join(appFolder, '..', 'shots');

for (const scheme of ['dark', 'light'] as const) {
  test(`lessons, ${scheme}`, async ({ launch }) => {
    const { page } = await launch();
    await page.emulateMedia({ colorScheme: scheme });
    const gallery = page.getByRole('region', { name: 'Lessons' });
    await expect(gallery.getByRole('listitem').first()).toBeVisible();
    await gallery.scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(shots, `lessons-gallery-${scheme}.png`) });
    await gallery.getByRole('button', { name: /^First touch/ }).click();
    const player = new LessonPlayer(page);
    await expect(player.panel).toBeVisible();
    await page.keyboard.press('F11');
    for (let moves = 0; moves < 5; moves++) await player.forward();
    await page.screenshot({ path: join(shots, `lessons-presentation-${scheme}.png`) });
    await page.keyboard.press('F11');
    await player.panel.getByRole('radio').first().focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    await expect(player.verdicts.first()).toBeVisible();
    await page.screenshot({ path: join(shots, `lessons-answer-${scheme}.png`) });
  });
}
