import { join } from 'node:path';
import { displayFlags, hasDisplay } from '../display.mjs';
import { root } from '../paths.mjs';
import { prepareWindow } from '../prepare.mjs';
import { print } from '../progress.mjs';
import { foreground } from '../run.mjs';
import { sandboxFlags } from '../sandbox.mjs';

/**
 * `npm start`: the window if there is a display, else its pictures.
 * @param {string[]} args handed to the program
 * @returns {Promise<number>} the exit code
 */
export async function main(args) {
  const runtime = await prepareWindow();
  if (!hasDisplay()) {
    print('There is no display: the demo runs off-screen, and pictures are written to a folder.');
    const { runHeadless } = await import('../headless.mjs');
    return runHeadless(runtime, args);
  }
  return foreground(runtime.executable, [...sandboxFlags(), ...displayFlags(), join(root, 'app'), ...args]);
}
