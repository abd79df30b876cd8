import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { startXvfb } from './display.mjs';
import { root } from './paths.mjs';
import { ensureFolder, Problem } from './problem.mjs';
import { print } from './progress.mjs';
import { sandboxFlags } from './sandbox.mjs';

/** @import { Runtime } from './electron.mjs' */
/** @import { ElectronApplication, Page } from 'playwright' */

/**
 * One picture, and the window's data at that time.
 * @typedef {{ file: string, frames: number, painter: string, vmas: number, pagesWritten: number }} Picture
 */

const demo = '--source=demo';

/** Times of the pictures, in seconds after the window's first paint: the start, and the running demo. */
const seconds = [1, 4, 8];

/**
 * Runs the program on a display without a screen and writes pictures and a summary.
 * @param {Runtime} runtime
 * @param {string[]} args the program's own; the demo without a source
 * @returns {Promise<number>} the exit code: 1 if the window reported errors
 */
export async function runHeadless(runtime, args) {
  const folder = join(
    root,
    'shots',
    `headless-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}`,
  );
  ensureFolder(folder);
  const profile = mkdtempSync(join(tmpdir(), 'soft-dirty-inspector-'));
  const server = await startXvfb();
  try {
    const source = args.some((arg) => arg.startsWith('--source')) ? args : [demo, ...args];
    const summary = await watch(runtime, folder, [`--user-data-dir=${profile}`, ...source], server.display);
    writeFileSync(join(folder, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
    writeFileSync(join(folder, 'summary.txt'), summaryText(summary));
    print(`\n${summaryText(summary)}\nPictures and summary: ${relative(process.cwd(), folder) || '.'}`);
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
  // Playwright asks the package `electron`, which asks this variable. With `executablePath` it does not hold the program
  // back until it has attached, and misses the window occasionally.
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] = runtime.folder;
  const began = performance.now();
  /** @type {ElectronApplication} */
  let app;
  try {
    app = await _electron.launch({
      args: [...sandboxFlags(), '--force-device-scale-factor=1', join(root, 'app'), ...args],
      chromiumSandbox: sandboxFlags().length === 0,
      env: {
        ...process.env,
        DISPLAY: display,
        WAYLAND_DISPLAY: '',
        // The summary has the data behind the pictures.
        SOFT_DIRTY_INSPECTOR_DEBUG_HANDLE: '1',
      },
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
    if (pictures.at(-1)?.frames === 0) errors.push('The engine sent no frame.');
    errors.push(...(await page.getByRole('alert').allInnerTexts()));
    // A demo outlives its window; one started without a display must not.
    if (args.includes(demo)) await page.evaluate(killProgram);
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

/**
 * @param {Page} page
 * @param {string} folder
 * @returns {Promise<Picture[]>}
 */
async function takePictures(page, folder) {
  const pictures = [];
  let time = 0;
  for (const second of seconds) {
    await page.waitForTimeout((second - time) * 1000);
    time = second;
    const file = `after-${second}-s.png`;
    await page.screenshot({ path: join(folder, file) });
    pictures.push({ file, ...(await page.evaluate(windowFacts)) });
  }
  return pictures;
}

/** Runs in the window. @returns {Omit<Picture, 'file'>} */
function windowFacts() {
  /** @type {{ sequence: number, painter: string, writtenRuns(): [number, number][], vmas(): unknown[] }} */
  const debug = Reflect.get(globalThis, 'inspectorDebug');
  const pagesWritten = debug.writtenRuns().reduce((sum, [start, end]) => sum + end - start, 0);
  return { frames: debug.sequence + 1, painter: debug.painter, vmas: debug.vmas().length, pagesWritten };
}

/** Runs in the window. If the program ended by itself there is nothing to kill. */
async function killProgram() {
  /** @type {{ call(name: string, payload: unknown): Promise<unknown> }} */
  const debug = Reflect.get(globalThis, 'inspectorDebug');
  await debug.call('source.control', { action: 'kill' }).catch(() => undefined);
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
function summaryText(summary) {
  const lines = [
    `${summary.title}, run without a display: ${summary.arguments.join(' ')}`,
    `Electron ${summary.electron} on Linux ${summary.kernel}`,
    `First paint after ${summary.firstPaintMs} ms`,
    ...summary.pictures.map(
      ({ file, frames, painter, vmas, pagesWritten }) =>
        `${file}: frame ${frames}, ${vmas} VMAs, ${pagesWritten} pages written, drawn with ${painter || 'nothing'}`,
    ),
    summary.errors.length === 0
      ? 'No errors in the window'
      : `Errors in the window:\n  ${summary.errors.join('\n  ')}`,
  ];
  return `${lines.join('\n')}\n`;
}
