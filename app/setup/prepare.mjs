import { build } from './build.mjs';
import { hasDisplay } from './display.mjs';
import { electronRuntime } from './electron.mjs';
import { prepareLibraries } from './libraries.mjs';
import { withLock } from './lock.mjs';
import { packagesReady, preparePackages } from './packages.mjs';
import { root, setupLock } from './paths.mjs';
import { Problem } from './problem.mjs';
import { checkSandbox } from './sandbox.mjs';

/** @import { Runtime } from './electron.mjs' */

/** The bundles of the window, without the command line. */
const window = ['renderer', 'host.js', 'demo-program.js', 'fault-thread.js', 'main.js', 'preload.cjs'];

/**
 * Packages and bundles.
 * @param {string[]} [outputs] the bundles to build; default: all
 */
export async function prepareProgram(outputs) {
  if (!packagesReady(root)) await withLock(setupLock, preparePackages);
  await build(outputs);
}

/**
 * Everything that the window needs.
 * @param {{ ownDisplay?: boolean }} [options] `ownDisplay`: a display server is needed even where there is a display
 * @returns {Promise<Runtime>}
 */
export async function prepareWindow({ ownDisplay = false } = {}) {
  supported();
  await prepareProgram(window);
  const runtime = await electronRuntime();
  await prepareLibraries(runtime.executable, ownDisplay || !hasDisplay());
  checkSandbox(runtime.folder);
  return runtime;
}

/** @param {string} [platform] */
export function supported(platform = process.platform) {
  if (['linux', 'darwin', 'win32'].includes(platform)) return;
  throw new Problem(
    `There is no Electron for ${platform}.`,
    'Use Linux (macOS and Windows run the simulated and recorded sources); the command line `npm run soft-dirty` needs Node alone.',
  );
}
