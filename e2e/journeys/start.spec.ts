/** The program starts, ends, and behaves as a desktop program. */
import { spawnSync } from 'node:child_process';
import { chownSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { electronRuntime } from '../../app/setup/electron.mjs';
import { sandboxFlags } from '../../app/setup/sandbox.mjs';
import { appFolder, freshProfile } from '../fixtures/launch.ts';
import { expect, test } from '../fixtures/test.ts';
import { InspectorWindow } from '../pages/inspector-window.ts';

// About what one process keeps or permits, or its end.
test.use({ ownProgram: true });

test('shows the available sources', async ({ launch }) => {
  const { page, app } = await launch();
  const window = new InspectorWindow(page);
  await expect(page).toHaveTitle(/Soft-Dirty Inspector/);
  await expect(window.start.view).toBeVisible();
  for (const card of ['Simulated program', 'Attach to a process', 'Launch a program', 'Demo program']) {
    await expect(window.start.card(card)).toBeVisible();
  }
  await expect(
    window.start.card('Demo program').getByRole('button', { name: 'Start the demo' }),
  ).toBeEnabled();
  const visible = await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible());
  expect(visible).toBe(true);
});

test('what is painted before the scripts are loaded is the start view, in the selected theme', async ({
  launch,
}) => {
  const { page } = await launch();
  const window = new InspectorWindow(page);
  await expect(window.start.view).toBeVisible();
  await expect(page.locator('[inert]')).toHaveCount(0);
  const html = await page.evaluate(async () => (await fetch('index.html')).text());
  for (const card of ['Simulated program', 'Attach to a process', 'Launch a program', 'Demo program']) {
    expect(html).toContain(`>${card}</h2>`);
  }

  const theme = await page.evaluate(async () => {
    localStorage.setItem('soft-dirty-inspector:view', JSON.stringify({ theme: 'light' }));
    delete document.documentElement.dataset['theme'];
    await import(new URL('theme.js', document.baseURI).href);
    return document.documentElement.dataset['theme'];
  });
  expect(theme).toBe('light');
});

test('opens the source that the command line names', async ({ launch }) => {
  const { page } = await launch({ source: 'simulated' });
  const window = new InspectorWindow(page);
  await window.live();
  await expect(window.start.view).toBeHidden();
});

test('the position of the window is restored, and a damaged state file is ignored', async ({ launch }) => {
  const profile = freshProfile();
  const first = await launch({ profile });
  await first.app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.setBounds({ x: 40, y: 30, width: 1111, height: 777 });
  });
  const size = async (inspector: typeof first): Promise<number[] | undefined> =>
    inspector.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getSize());
  // The display applies a new size asynchronously.
  await expect.poll(() => size(first)).toEqual([1111, 777]);
  await first.close();

  const second = await launch({ profile });
  expect(await size(second)).toEqual([1111, 777]);
  await second.close();

  expect(JSON.parse(readFileSync(join(profile, 'window.json'), 'utf8'))).toMatchObject({ width: 1111 });
  writeFileSync(join(profile, 'window.json'), '{"width": "wide"');
  const third = await launch({ profile });
  const [width = 0, height = 0] = (await size(third)) ?? [];
  expect(width).toBeGreaterThanOrEqual(800);
  expect(height).toBeGreaterThanOrEqual(600);
  await third.close();
  rmSync(profile, { recursive: true });
});

test('a second start brings the first window to the front', async ({ launch }) => {
  const profile = freshProfile();
  const first = await launch({ profile });
  await first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
  const second = await run(`--user-data-dir=${profile}`, appFolder);
  expect(second.stderr).toContain('is already running');
  expect(second.status).toBe(0);
  await expect
    .poll(() => first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible()))
    .toBe(true);
  await first.close();
  rmSync(profile, { recursive: true });
});

test('a lock that a crash, another host name or another program left does not prevent the start', async ({
  launch,
}) => {
  const profile = freshProfile();
  for (const left of ['another-host-1', `${hostname()}-${process.pid}`]) {
    symlinkSync(left, join(profile, 'SingletonLock'));
    symlinkSync('/tmp/nowhere/SingletonSocket', join(profile, 'SingletonSocket'));
    const inspector = await launch({ profile });
    await expect(new InspectorWindow(inspector.page).start.view).toBeVisible();
    await inspector.close();
  }
  rmSync(profile, { recursive: true });
});

// Only root can create them.
if (process.getuid?.() === 0)
  test('root with the files of the user that called sudo is refused with one message', async () => {
    const config = freshProfile();
    chownSync(config, 65534, 65534);
    const refused = await runIn(
      { XDG_CONFIG_HOME: config, SUDO_UID: '65534', SUDO_USER: 'nobody' },
      appFolder,
    );
    expect(refused.status).toBe(1);
    const sentences = refused.stderr.split('\n').filter((line) => line.includes('inspector'));
    expect(sentences).toEqual([expect.stringContaining('started as root with the files of user nobody')]);
    expect(readdirSync(config)).toEqual([]);
    rmSync(config, { recursive: true });
  });

test('a wrong command line is refused with one message', async () => {
  const wrong = await run(appFolder, '--source=pid:0');
  expect(wrong.stderr).toContain('the process number must be between 1 and 4194304');
  expect(wrong.status).toBe(2);
  const help = await run(appFolder, '--help');
  expect(help.stdout).toContain('--source=pid:N');
  expect(help.status).toBe(0);
});

test('a view whose process died offers to reload, and a reload finds the engine', async ({ launch }) => {
  const { app, problems, enginePid } = await launch();
  problems.expect(/the view crashed|The view's process ended/);
  const engine = await enginePid();
  // The dialog is the system's; its answer is the second button's, "Quit" being the last.
  await app.evaluate(({ dialog }) => {
    const asked: string[] = [];
    Reflect.set(globalThis, 'asked', asked);
    dialog.showMessageBox = (...words: unknown[]) => {
      asked.push(JSON.stringify(words.at(-1)));
      return Promise.resolve({ response: 0, checkboxChecked: false });
    };
  });
  await app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
  );
  await expect
    .poll(() => app.evaluate(() => String(Reflect.get(globalThis, 'asked'))))
    .toContain('Reload the view');
  await app.evaluate(async ({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents;
    const heading = "document.querySelector('h1')?.textContent ?? ''";
    for (let tries = 0; tries < 100; tries++) {
      const text: unknown = await contents?.executeJavaScript(heading);
      if (text !== '') return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('The view was not loaded again.');
  });
  expect(await enginePid()).toBe(engine);
});

test('a reloaded view is connected to an engine', async ({ launch }) => {
  const { page } = await launch();
  const inspector = new InspectorWindow(page);
  await inspector.start.simulate();
  await inspector.live();
  await page.reload();
  await inspector.start.simulate();
  await inspector.live();
  await inspector.data.moreSamples(3);
});

interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (...args: string[]): Promise<Finished> => runIn({}, ...args);

async function runIn(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Finished> {
  const { executable } = await electronRuntime();
  const { status, stdout, stderr } = spawnSync(executable, [...sandboxFlags(), ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 20_000,
  });
  return { status, stdout, stderr };
}
