import { join } from 'node:path';
import { startXvfb } from './display.mjs';
import { root } from './paths.mjs';
import { foreground, run } from './run.mjs';

/** @import { Runtime } from './electron.mjs' */

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
 * Runs a tool of node_modules and keeps what it says.
 * @param {string} script the tool's script, relative to node_modules
 * @param {string[]} args
 */
export function quietTool(script, args) {
  return run(process.execPath, [join(root, 'node_modules', script), ...args], { cwd: root });
}

/**
 * Runs Playwright on the real Electron. On Linux always on a display of its own: the window must not take the focus of
 * whoever works here, and pictures must not depend on their screen.
 * @param {Runtime} runtime
 * @param {string[]} args
 * @returns {Promise<number>}
 */
export async function playwright(runtime, args) {
  const server = process.platform === 'linux' ? await startXvfb() : undefined;
  try {
    return await tool('@playwright/test/cli.js', ['test', '--config', 'e2e/playwright.config.ts', ...args], {
      ELECTRON_OVERRIDE_DIST_PATH: runtime.folder,
      ...(server && { DISPLAY: server.display, WAYLAND_DISPLAY: '' }),
    });
  } finally {
    server?.stop();
  }
}
