import { join } from 'node:path';
import { electronRuntime } from '../electron.mjs';
import { root } from '../paths.mjs';
import { prepareProgram } from '../prepare.mjs';
import { print } from '../progress.mjs';
import { tool } from '../tools.mjs';

/**
 * `npm run pack`: the application as a folder, made offline; `npm run pack -- deb AppImage tar.gz` makes more where
 * electron-builder can fetch its tools.
 * @param {string[]} targets
 * @returns {Promise<number>} the exit code
 */
export async function main(targets) {
  process.env['SOFT_DIRTY_INSPECTOR_PRODUCT'] = '1';
  await prepareProgram();
  const runtime = await electronRuntime();
  const code = await tool('electron-builder/cli.js', [
    ...['--config', 'electron-builder.yml', '--publish', 'never'],
    ...['--linux', ...(targets.length > 0 ? targets : ['dir'])],
    `--config.electronDist=${runtime.folder}`,
    `--config.electronVersion=${runtime.version}`,
  ]);
  if (code !== 0) return code;
  print(`\nPackaged with the ${runtime.kind} Electron ${runtime.version}: ${join(root, 'release')}`);
  if (runtime.kind === 'fallback') print('For testing only: releases contain the official runtime.');
  return 0;
}
