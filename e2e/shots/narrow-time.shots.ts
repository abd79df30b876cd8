/** The views with a time axis in a small window: `npm run shots -- narrow-time`. */
import { fileURLToPath } from 'node:url';
import { test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';
import { TimelinePanel } from '../pages/timeline-panel.ts';

const folder = fileURLToPath(new URL('../../shots', import.meta.url));

test('timeline and comparison at 900 × 700', async ({ launch, setWindowSize }) => {
  const { page, app } = await launch({ source: 'simulated' });
  await page.emulateMedia({ colorScheme: 'dark' });
  const inspector = new InspectorWindow(page);
  const timeline = new TimelinePanel(page, inspector.data);
  await setWindowSize(app, 900, 700);
  await inspector.live();
  await timeline.record();
  await inspector.data.moreSamples(20);
  await page.screenshot({ path: `${folder}/narrow-live.png` });
  await timeline.position.focus();
  await page.keyboard.press('Home');
  await page.getByTestId('past-note').waitFor();
  await page.screenshot({ path: `${folder}/narrow-past.png` });
  await page.getByTestId('past-note').getByRole('button', { name: 'Return to live' }).click();
  await timeline.stopRecording();
  await timeline.openRecorded();
  await page.keyboard.press('Shift+A');
  await timeline.position.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Shift+B');
  await page.getByRole('treegrid', { name: 'Compared mappings' }).waitFor();
  await page.screenshot({ path: `${folder}/narrow-compare.png` });
});
