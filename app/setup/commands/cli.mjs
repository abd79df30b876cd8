import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packagesReady } from '../packages.mjs';
import { dist, root } from '../paths.mjs';
import { prepareProgram } from '../prepare.mjs';
import { mute } from '../progress.mjs';

/**
 * `npm run soft-dirty`: the command line, which needs no Electron. Set-up prints nothing on standard output.
 * @param {string[]} args
 */
export async function main(args) {
  if (packagesReady(root)) mute();
  await prepareProgram(['cli.js', 'demo-program.js', 'fault-thread.js']);
  const file = join(dist, 'cli.js');
  process.argv = [process.execPath, file, ...args];
  // npm runs scripts in the top folder; file names are relative to the user's working directory.
  const here = process.env['INIT_CWD'];
  if (here && process.env['npm_lifecycle_event'] === 'soft-dirty') process.chdir(here);
  await import(pathToFileURL(file).href);
}
