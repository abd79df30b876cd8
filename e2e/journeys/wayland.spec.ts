/** The program on Wayland, without X11. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { displayFlags, hasDisplay } from '../../app/setup/display.mjs';
import { root } from '../../app/setup/paths.mjs';
import { descendants, pidOf } from '../fixtures/process-facts.ts';
import { expect, test } from '../fixtures/test.ts';
import { startWeston, type Compositor } from '../fixtures/weston.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

// About what one process keeps or permits, or its end.
test.use({ ownProgram: true });

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
  // No X11: the compositor is the only display.
  expect(await app.evaluate(() => process.env['DISPLAY'] ?? null)).toBeNull();
  // The window closes before its compositor.
  await close();
});

test('`npm start` shows the window if there is nothing but Wayland', async () => {
  const config = mkdtempSync(join(tmpdir(), 'inspector-config-'));
  const child = spawn(process.execPath, ['app/setup/command.mjs', 'start', '--source=simulated'], {
    cwd: root,
    env: { ...process.env, ...compositor.env, XDG_CONFIG_HOME: config, XDG_DATA_HOME: config },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const end = once(child, 'close');
  try {
    // A page has its own process, which is there as soon as there is a window.
    await expect
      .poll(() => child.exitCode !== null || descendants(pidOf(child)).join('\n'), { timeout: 60_000 })
      .toContain('--type=renderer');
    expect(descendants(pidOf(child)).join('\n')).toContain('--ozone-platform=wayland');
  } finally {
    child.kill('SIGTERM');
    await end;
  }
  // The window's position is saved when it closes.
  expect(readdirSync(config, { recursive: true }).join('\n')).toContain('window.json');
  expect(output).not.toMatch(/Missing X server|no display/i);
  // Ending it while the page is still loading is not a failure.
  expect(output).not.toMatch(/could not/);
  rmSync(config, { recursive: true });
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
    page.getByText(/is decided by the desktop \(Wayland\)|Ctrl\+Alt\+E could not be registered/),
  ).toBeVisible();
  await close();
});
