/** No violations that axe can find in the views with a time axis, dark and light. */
import { violations } from '../fixtures/axe.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { TimelinePanel } from '../pages/timeline-panel.ts';

test('timeline, address × time, compare, in both themes', async ({ launch }) => {
  const { page } = await launch({ source: 'simulated' });
  const window = new InspectorWindow(page);
  const timeline = new TimelinePanel(page, window.data);
  await window.live();
  await page.getByRole('radio', { name: 'Interval' }).click();
  await timeline.record();
  await window.data.moreSamples(10);
  await page.keyboard.press('e');
  await expect(page.getByTestId('dump')).toBeVisible();
  await page.keyboard.press('m');
  await expect(page.getByRole('textbox', { name: 'Note' })).toBeFocused();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.type('here');
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'Address × time' }).click();
  await page.getByTestId('address-time').focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowDown');
  expect(await violations(page)).toEqual([]);

  await timeline.stopRecording();
  expect(await violations(page)).toEqual([]);
  await timeline.openRecorded();
  await expect(timeline.marks).toHaveCount(2);
  await page.keyboard.press('Shift+A');
  await timeline.position.focus();
  await page.keyboard.press('Shift+End');
  await page.keyboard.press('Shift+B');
  const grid = page.getByRole('treegrid', { name: 'Compared mappings' });
  await grid.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await expect(grid.getByRole('row', { expanded: true })).toBeVisible();
  expect(await violations(page)).toEqual([]);
});
