import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Problem } from './problem.mjs';

/** @import { Socket } from 'node:net' */

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeJS.Platform} [platform]
 * @param {(path: string) => boolean} [exists]
 * @returns {boolean} whether a window can be shown to somebody
 */
export function hasDisplay(env = process.env, platform = process.platform, exists = existsSync) {
  if (platform !== 'linux') return true;
  if (env['WAYLAND_DISPLAY']) return true;
  const display = env['DISPLAY'];
  if (!display) return false;
  // A local display has a socket; a variable that outlived its server has none.
  const local = /^:(\d+)/.exec(display);
  return local === null || exists(`/tmp/.X11-unix/X${local[1]}`);
}

/**
 * The server runs below a shell that waits for its standard input to close. That happens on every way out of this process,
 * kill -9 included; a session of its own keeps the terminal's Ctrl-C from it.
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
          `The display server Xvfb could not be started: ${errors.trim().split('\n').at(-1) || 'it said nothing'}.`,
          'See that Xvfb is installed and that /tmp can be written, and run the command again.',
        ),
      );
    });
  });
}
