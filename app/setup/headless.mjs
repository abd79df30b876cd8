import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { startXvfb } from './display.mjs';
import { root } from './paths.mjs';
import { Problem } from './problem.mjs';
import { say } from './progress.mjs';
import { sandboxFlags } from './sandbox.mjs';

/** @import { Runtime } from './electron.mjs' */
/** @import { ElectronApplication, Page } from 'playwright' */

/** When pictures are taken, in seconds after the window's first paint: the start, and the demo at work. */
const moments = [1, 4, 8];

/**
 * Runs the program on a display without a screen and writes what one would have seen: pictures, and a summary.
 * @param {Runtime} runtime
 * @param {string[]} args the program's own; the demo without a source
 * @returns {Promise<number>} the exit code: 1 where the window reported errors
 */
export async function runHeadless(runtime, args) {
  const folder = join(
    root,
    'shots',
    `headless-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}`,
  );
  mkdirSync(folder, { recursive: true });
  const profile = mkdtempSync(join(tmpdir(), 'soft-dirty-inspector-'));
  const server = await startXvfb();
  try {
    const source = args.some((arg) => arg.startsWith('--source')) ? args : ['--source=demo', ...args];
    const summary = await watch(runtime, folder, [`--user-data-dir=${profile}`, ...source], server.display);
    writeFileSync(join(folder, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
    writeFileSync(join(folder, 'summary.txt'), inWords(summary));
    say(`\n${inWords(summary)}\nPictures and summary: ${relative(process.cwd(), folder) || '.'}`);
    return summary.errors.length > 0 ? 1 : 0;
  } finally {
    server.stop();
    rmSync(profile, { recursive: true, force: true });
  }
}

/**
 * @param {Runtime} runtime
 * @param {string} folder
 * @param {string[]} args
 * @param {string} display
 */
async function watch(runtime, folder, args, display) {
  const { _electron } = await import('playwright');
  const began = performance.now();
  /** @type {ElectronApplication} */
  let app;
  try {
    app = await _electron.launch({
      executablePath: runtime.executable,
      args: [...sandboxFlags(), '--force-device-scale-factor=1', join(root, 'app'), ...args],
      chromiumSandbox: sandboxFlags().length === 0,
      env: { ...process.env, DISPLAY: display, WAYLAND_DISPLAY: '' },
      timeout: 60_000,
    });
  } catch (cause) {
    const line = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new Problem(
      `The program could not be started: ${line}`,
      'Run `npm test` to see which part fails.',
      { cause },
    );
  }
  try {
    const page = await app.firstWindow();
    /** @type {string[]} */
    const errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    const firstPaint = await paintTime(page, began);
    const pictures = await takePictures(page, folder);
    return {
      title: await page.title(),
      electron: `${runtime.version} (${runtime.kind})`,
      kernel: release(),
      arguments: args.filter((arg) => !arg.startsWith('--user-data-dir')),
      firstPaintMs: Math.round(firstPaint),
      pictures,
      errors,
    };
  } finally {
    await app.close();
  }
}

/** @param {Page} page @param {string} folder @returns {Promise<string[]>} the pictures' names */
async function takePictures(page, folder) {
  const pictures = [];
  let time = 0;
  for (const moment of moments) {
    await page.waitForTimeout((moment - time) * 1000);
    time = moment;
    const name = `after-${moment}-s.png`;
    await page.screenshot({ path: join(folder, name) });
    pictures.push(name);
  }
  return pictures;
}

/** @param {Page} page @param {number} began @returns {Promise<number>} from launch to the first contentful paint, ms */
async function paintTime(page, began) {
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
  const sincePaint = await page.evaluate(
    () => performance.now() - (performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0),
  );
  return performance.now() - began - sincePaint;
}

/** @param {Awaited<ReturnType<typeof watch>>} summary @returns {string} */
function inWords(summary) {
  const lines = [
    `${summary.title}, run without a display: ${summary.arguments.join(' ')}`,
    `Electron ${summary.electron} on Linux ${summary.kernel}`,
    `First paint after ${summary.firstPaintMs} ms`,
    `Pictures: ${summary.pictures.join(', ')}`,
    summary.errors.length === 0
      ? 'No errors in the window'
      : `Errors in the window:\n  ${summary.errors.join('\n  ')}`,
  ];
  return `${lines.join('\n')}\n`;
}
