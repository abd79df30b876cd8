/** Address × time shows the frames that came, and moves with the rest of the window. */
import { recordDemo } from '../fixtures/recorded-demo.ts';
import { expect, test } from '../fixtures/test.ts';

test('each frame’s pages are read cell by cell, and the moment is the timeline’s', async ({
  launch,
  programs,
}) => {
  const demo = await programs.demo('--lock-step', '--seed', '17');
  const { page } = await launch();
  const { window, timeline, ticks } = await recordDemo(page, demo, 4);
  await page.getByRole('tab', { name: 'Address × time' }).click();
  const chart = page.getByTestId('address-time');
  const readout = page.getByTestId('addrtime-readout');
  await expect(chart).toBeVisible();

  // The demo's buffer alone in view.
  await page.getByRole('tab', { name: 'Address map' }).click();
  await (await window.mappingAt(demo.start)).click();
  await page.getByRole('tab', { name: 'Address × time' }).click();
  await page.getByRole('button', { name: 'Only what is chosen' }).click();
  await expect(page.getByTestId('addrtime-scope')).toContainText('64 MiB');

  // The frames of the ticks are the last four; each is walked to and tells how much of the buffer it wrote.
  await chart.focus();
  await page.keyboard.press('End');
  for (let i = 3; i >= 0; i--) {
    await expect(readout).toContainText(`${ticks[i]?.size} pages in this frame`);
    const told = await readout.textContent();
    const time = Number(await timeline.moment.getAttribute('aria-valuenow'));
    expect(time).toBeGreaterThan(0);
    expect(told).toContain(`${Math.floor(time / 60_000)}:`);
    await page.keyboard.press('ArrowLeft');
  }

  // A press chooses page and moment; the map tells of the same page.
  const box = await chart.boundingBox();
  if (!box) throw new Error('no chart');
  await page.mouse.click(box.x + box.width - 12, box.y + box.height / 2);
  await expect(timeline.moment).not.toHaveAttribute('data-live');
  const address =
    /0x[0-9a-f]+/.exec((await page.locator('#addrtime-cell').textContent()) ?? '')?.[0] ?? 'none';
  expect(Number(address) / 4096).toBeGreaterThanOrEqual(demo.start);
  expect(Number(address) / 4096).toBeLessThan(demo.end);
  await page.getByRole('tab', { name: 'Address map' }).click();
  await expect(page.getByTestId('readout')).toContainText(address);
});
