import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { bundles } from '../bundles.mjs';
import { dist, root } from '../paths.mjs';
import { Problem } from '../problem.mjs';
import { run } from '../run.mjs';
import { writeCliDocuments } from './cli-documents.mjs';
import { copyDesktopFiles } from './desktop-files.mjs';

/** Finds its own folder through links, as one in ~/bin. */
const HERE = 'here=$(dirname -- "$(readlink -f -- "$0")")/..';

/**
 * The window's archive: the application, with `bin` and `share`.
 * @param {{ app: string, work: string, target: string, version: string }} options as for the Debian package
 */
export async function buildArchive({ app, work, target, version }) {
  rmSync(work, { recursive: true, force: true });
  const folder = `${work}/opt`;
  mkdirSync(join(work, 'bin'), { recursive: true });
  cpSync(app, folder, { recursive: true });
  rmSync(join(folder, 'share'), { recursive: true, force: true });
  const start = `#!/bin/sh\n${HERE}/opt\n`;
  writeProgram(join(work, 'bin/soft-dirty-inspector'), `${start}exec "$here/soft-dirty-inspector" "$@"\n`);
  writeProgram(
    join(work, 'bin/soft-dirty'),
    `${start}ELECTRON_RUN_AS_NODE=1 exec "$here/soft-dirty-inspector" "$here/resources/app.asar/dist/cli.js" "$@"\n`,
  );
  copyDesktopFiles(join(work, 'share'));
  await writeCliDocuments(join(work, 'share'), version);
  return pack(work, target);
}

/**
 * The command line's archive: Node, the bundles that it runs, and their native files.
 * @param {{ work: string, target: string, version: string }} options
 */
export async function buildCliArchive({ work, target, version }) {
  rmSync(work, { recursive: true, force: true });
  const library = join(work, 'lib', 'soft-dirty');
  mkdirSync(join(work, 'bin'), { recursive: true });
  mkdirSync(library, { recursive: true });
  const { output: libraries } = await run('ldd', [process.execPath]);
  if (/libnode/.test(libraries)) {
    throw new Problem(
      `${process.execPath} needs the library libnode, so that it cannot be packaged alone.`,
      'Run the command with Node as nodejs.org or npm have it.',
    );
  }
  copyFileSync(process.execPath, join(library, 'node'));
  chmodSync(join(library, 'node'), 0o755);
  // Its symbols are half of it and of no use here.
  await run('strip', ['--strip-unneeded', join(library, 'node')]);
  for (const { output: name } of bundles.filter(
    ({ runs, output }) => runs === 'node' && output !== 'host.js',
  )) {
    copyFileSync(join(dist, name), join(library, name));
    const licences = `${name}.licenses.md`;
    if (existsSync(join(dist, licences))) copyFileSync(join(dist, licences), join(library, licences));
  }
  cpSync(join(dist, 'native'), join(library, 'native'), {
    recursive: true,
    filter: (path) => !path.includes('musl_'),
  });
  writeFileSync(join(library, 'package.json'), '{ "type": "module" }\n');
  copyFileSync(join(root, 'LICENSE'), join(work, 'LICENSE.txt'));
  writeProgram(
    join(work, 'bin/soft-dirty'),
    `#!/bin/sh\n${HERE}/lib/soft-dirty\nexec "$here/node" "$here/cli.js" "$@"\n`,
  );
  await writeCliDocuments(join(work, 'share'), version);
  return pack(work, target);
}

/** @param {string} path @param {string} text */
function writeProgram(path, text) {
  writeFileSync(path, text, { mode: 0o755 });
}

/** @param {string} work @param {string} target @returns {Promise<number>} the archive's size in bytes */
async function pack(work, target) {
  const owner = ['--owner=0', '--group=0', '--numeric-owner', '--sort=name'];
  const { code, output } = await run('tar', ['-C', dirname(work), ...owner, '-czf', target, basename(work)]);
  rmSync(work, { recursive: true, force: true });
  if (code !== 0) throw new Problem(`tar failed: ${output}`, 'Free some space and run the command again.');
  return statSync(target).size;
}
