/** The program with Wayland only. */
import { displayFlags, hasDisplay } from '../../app/setup/display.mjs';
import { expect, test } from '../fixtures/test.ts';
import { startWeston, type Compositor } from '../fixtures/weston.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

let compositor: Compositor;
test.beforeEach(async () => {
  compositor = await startWeston();
});
test.afterEach(() => compositor.stop());

test('starts, shows its window and paints the source', async ({ launch }) => {
  const { env } = compositor;
  expect(hasDisplay({ ...process.env, ...env })).toBe(true);
  const flags = displayFlags({ ...process.env, ...env });
  expect(flags).toEqual(['--ozone-platform=wayland']);
  const { app, page, close } = await launch({ source: 'simulated', flags, env });
  const window = new InspectorWindow(page);
  await window.live();
  await window.data.moreSamples(3);
  await expect
    .poll(() => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible()))
    .toBe(true);
  // Not an X11 window: the compositor is its display.
  expect(await app.evaluate(() => process.env['DISPLAY'] ?? null)).toBeNull();
  // Before its compositor.
  await close();
});

test('shows that the desktop decides on the key for phases', async ({ launch }) => {
  const { env } = compositor;
  const { page, close } = await launch({
    source: 'simulated',
    flags: displayFlags({ ...process.env, ...env }),
    env,
  });
  const window = new InspectorWindow(page);
  await window.live();
  await page.keyboard.press('Control+Shift+P');
  await page.keyboard.type('from any program');
  await page.keyboard.press('Enter');
  await expect(
    page.getByText(/is decided by the desktop \(Wayland\)|does not give Ctrl\+Alt\+E/),
  ).toBeVisible();
  await close();
});
