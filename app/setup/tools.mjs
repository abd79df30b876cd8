import { join } from 'node:path';
import { startXvfb } from './display.mjs';
import { root } from './paths.mjs';
import { foreground, run } from './run.mjs';

/** @import { Runtime } from './electron.mjs' */

/** Journeys at once, as many as the machine has processors. */
export const E2E_WORKERS = 2;

/** The journeys, and those of them that run over a byte stream too. */
export const E2E_PROJECTS = ['--project=e2e', '--project=e2e-stream'];

/**
 * Runs a tool of node_modules in the foreground.
 * @param {string} script the tool's script, relative to node_modules
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env] what is added to the environment
 * @returns {Promise<number>} its exit code
 */
export function tool(script, args, env = {}) {
  const file = join(root, 'node_modules', script);
  return foreground(process.execPath, [file, ...args], { cwd: root, env: { ...process.env, ...env } });
}

/**
 * Runs a tool of node_modules and keeps its output.
 * @param {string} script the tool's script, relative to node_modules
 * @param {string[]} args
 */
export function quietTool(script, args) {
  return run(process.execPath, [join(root, 'node_modules', script), ...args], { cwd: root });
}

/**
 * Runs Playwright on the real Electron. On Linux always on displays of its own, one per worker: the window must not take the
 * focus of the user's desktop nor of another worker's window, and pictures must not depend on their screen.
 * @param {Runtime} runtime
 * @param {string[]} args
 * @param {number} [workers] tests that run at once
 * @returns {Promise<number>}
 */
export async function playwright(runtime, args, workers = 1) {
  const servers =
    process.platform === 'linux' ? await Promise.all(Array.from({ length: workers }, startXvfb)) : [];
  const displays = servers.map(({ display }) => display);
  const words = ['test', '--config', 'e2e/playwright.config.ts', `--workers=${workers}`, ...args];
  try {
    return await tool('@playwright/test/cli.js', words, {
      ELECTRON_OVERRIDE_DIST_PATH: runtime.folder,
      ...(displays[0] && { DISPLAY: displays[0], WAYLAND_DISPLAY: '', E2E_DISPLAYS: displays.join(' ') }),
    });
  } finally {
    for (const server of servers) server.stop();
  }
}
