/** Opening a lesson: from the click in the gallery to its text beside the map, for every lesson. */
import { expect, test } from '../fixtures/test.ts';
import { quantile, row } from './report.ts';

test('opening a lesson', async ({ launch }) => {
  const { page } = await launch();
  const gallery = page.getByRole('region', { name: 'Lessons' });
  await expect(gallery.getByRole('listitem').first()).toBeVisible();
  const times: number[] = [];
  const count = await gallery.getByRole('listitem').count();
  for (let index = 0; index < count; index++) {
    // No frame of the lesson before: the first one of this lesson ends the measurement.
    await expect.poll(() => page.evaluate(() => window.inspectorDebug.sequence)).toBe(-1);
    times.push(
      await page.evaluate(async (which) => {
        const buttons = document.querySelectorAll<HTMLButtonElement>('.gallery__lesson');
        const began = performance.now();
        buttons[which]?.click();
        // The lesson's text and the first frame of its program.
        while (!document.querySelector('[data-testid="lesson"]') || window.inspectorDebug.sequence < 0) {
          await new Promise((resolve) => requestAnimationFrame(resolve));
        }
        return performance.now() - began;
      }, index),
    );
    await page.getByRole('button', { name: 'Close source' }).click();
    await expect(gallery.getByRole('listitem').nth(count - 1)).toBeVisible();
  }
  row('opening a lesson, median', quantile(times, 0.5), 'ms');
  row('opening a lesson, slowest', Math.max(...times), 'ms');
});
