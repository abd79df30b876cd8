import { join } from 'node:path';
import { root } from '../paths.mjs';
import { prepareWindow } from '../prepare.mjs';
import { print } from '../progress.mjs';
import { playwright } from '../tools.mjs';

/** `npm run shots`: screenshots of the window in its states. @param {string[]} args for Playwright */
export async function main(args) {
  const code = await playwright(await prepareWindow({ ownDisplay: true }), ['--project=shots', ...args]);
  print(`Pictures: ${join(root, 'shots')}`);
  return code;
}
