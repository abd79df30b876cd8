/** One position in time: every view shows the same past of a live session, with a way back. */
import { recordDemo } from '../fixtures/recorded-demo.ts';
import { expect, test } from '../fixtures/test.ts';

test(
  'the past of a live session is shown by all views, until one returns to the present',
  { tag: '@both' },
  async ({ launch, programs }) => {
    const demo = await programs.demo('--lock-step', '--seed', '41');
    const { page } = await launch();
    const { window, timeline, ticks } = await recordDemo(page, demo, 4);
    const note = page.getByTestId('past-note');
    const address = (demo.start * 4096).toString(16);
    const row = window.mappings.getByRole('row').filter({ hasText: address });
    // Only rows in view are there.
    await page.getByRole('textbox', { name: 'Filter mappings' }).fill(address);
    await expect(note).toHaveCount(0);

    // Back with the arrow keys of the timeline: first the frame of the last tick, then those before it.
    await timeline.position.focus();
    await page.keyboard.press('ArrowLeft');
    for (let i = 2; i >= 0; i--) {
      if (i < 2) await page.keyboard.press('ArrowLeft');
      const tick = ticks[i] ?? new Set();
      await window.data.shows(tick, demo.start, demo.end, `shown at tick ${i}`);
      await timeline.pictureIsThere();
      await expect(note).toBeVisible();
      await expect(row).toContainText(`${tick.size * 4} KiB`);
      const clock = (await note.textContent()) ?? '';
      const time = Number(await timeline.position.getAttribute('aria-valuenow'));
      // Minutes, seconds and hundredths, rounded.
      const seconds = (Math.round(time / 10) / 100).toFixed(2).padStart(5, '0');
      expect(clock).toContain(`0:${seconds}`);
    }

    // Data read from the program itself is of the present, and not shown for the past.
    await page.keyboard.press('n');
    await page.getByRole('tab', { name: 'Tables' }).click();
    await expect(page.getByRole('region', { name: 'Inspector' })).toContainText(
      'those of the past are not kept',
    );

    // The program continues; the view stays.
    await demo.step(1);
    await window.resumeSampling();
    await page.waitForTimeout(500);
    await window.data.shows(ticks[0] ?? [], demo.start, demo.end, 'still shown');

    await note.getByRole('button', { name: 'Return to live' }).click();
    await expect(note).toHaveCount(0);
    await expect(timeline.position).toHaveAttribute('data-live', 'true');
    const live = await window.data.sequence();
    await window.data.after(live + 3);
    await expect(page.getByRole('region', { name: 'Inspector' })).not.toContainText('are not kept');

    // A click on the timeline is a time as well; an operation returns to the present.
    const box = await timeline.chart.boundingBox();
    if (!box) throw new Error('no timeline');
    await page.mouse.click(box.x + 104 + (box.width - 104) * 0.9, box.y + box.height * 0.6);
    await expect(note).toBeVisible();
    await timeline.pictureIsThere();
    await page.keyboard.press('e');
    await expect(note).toHaveCount(0);
    await expect(timeline.marks).toHaveText(['Phase 1']);
  },
);
