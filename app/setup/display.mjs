import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { Problem } from './problem.mjs';

/** @import { Socket } from 'node:net' */

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeJS.Platform} [platform]
 * @param {(path: string) => boolean} [exists]
 * @returns {boolean} whether there is a display to show a window on
 */
export function hasDisplay(env = process.env, platform = process.platform, exists = existsSync) {
  return platform !== 'linux' || hasX11(env, exists) || hasWayland(env, exists);
}

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeJS.Platform} [platform]
 * @param {(path: string) => boolean} [exists]
 * @returns {string[]} switches for Chromium to find the display: by itself it tries X11 unless the session type is Wayland
 */
export function displayFlags(env = process.env, platform = process.platform, exists = existsSync) {
  const onlyWayland = platform === 'linux' && !hasX11(env, exists) && hasWayland(env, exists);
  return onlyWayland ? ['--ozone-platform=wayland'] : [];
}

/** @param {NodeJS.ProcessEnv} env @param {(path: string) => boolean} exists */
function hasWayland(env, exists) {
  const name = env['WAYLAND_DISPLAY'];
  if (!name) return false;
  // As libwayland: an absolute path, or a name in the runtime folder. A variable that outlived its compositor has no socket.
  const folder = env['XDG_RUNTIME_DIR'];
  if (!isAbsolute(name) && !folder) return false;
  return exists(isAbsolute(name) ? name : join(folder ?? '', name));
}

/** @param {NodeJS.ProcessEnv} env @param {(path: string) => boolean} exists */
function hasX11(env, exists) {
  const display = env['DISPLAY'];
  if (!display) return false;
  // A local display has a socket; a variable that outlived its server has none.
  const local = /^:(\d+)/.exec(display);
  return local === null || exists(`/tmp/.X11-unix/X${local[1]}`);
}

/**
 * The server runs below a shell that waits for its standard input to close. That happens on every way out of this process,
 * kill -9 included; a separate session keeps the terminal's Ctrl-C from it.
 */
const script =
  'Xvfb -displayfd 3 -screen 0 1600x1000x24 -nolisten tcp <&- & server=$!; exec 3>&-; read -r _; kill $server; wait';

/**
 * Starts a display server without a screen, on a display that is free.
 * @returns {Promise<{ display: string, stop: () => void }>} `display` as in DISPLAY
 */
export function startXvfb() {
  return new Promise((resolve, reject) => {
    const shell = spawn('/bin/sh', ['-c', script], {
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    });
    const [stdin, , stderr, numbers] = /** @type {Socket[]} */ (/** @type {unknown} */ (shell.stdio));
    const stop = () => stdin?.end();
    let errors = '';
    let number = '';
    stderr?.on('data', (chunk) => (errors += String(chunk)));
    numbers?.on('data', (chunk) => {
      number += String(chunk);
      if (!number.endsWith('\n')) return;
      // The server must not keep this process alive; its end ends the server.
      for (const handle of [shell, stdin, stderr, numbers]) handle?.unref();
      resolve({ display: `:${number.trim()}`, stop });
    });
    numbers?.on('end', () => {
      if (number !== '') return;
      stop();
      reject(
        new Problem(
          `The display server Xvfb could not be started: ${errors.trim().split('\n').at(-1) || 'no message'}.`,
          'Check that Xvfb is installed and that /tmp can be written, and run the command again.',
        ),
      );
    });
  });
}
