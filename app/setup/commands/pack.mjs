import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { electronRuntime } from '../electron.mjs';
import { buildArchive, buildCliArchive } from '../packaging/archives.mjs';
import { buildDeb } from '../packaging/deb.mjs';
import { root } from '../paths.mjs';
import { prepareProgram } from '../prepare.mjs';
import { Problem } from '../problem.mjs';
import { print } from '../progress.mjs';
import { tool } from '../tools.mjs';

/** Option for packages with the development runtime, which is not for release. */
const FALLBACK_FLAG = '--fallback-runtime';
const KINDS = ['deb', 'tar.gz', 'cli'];

/**
 * `npm run pack [-- deb tar.gz cli] [--fallback-runtime]`: packages, made with npm's and Debian's tools alone, each with its
 * SHA-256 in SHA256SUMS; default: all kinds.
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function main(args) {
  const kinds = args.filter((word) => word !== FALLBACK_FLAG);
  const unknown = kinds.find((kind) => !KINDS.includes(kind));
  if (unknown !== undefined)
    throw new Problem(`There is no package "${unknown}".`, `Name some of ${KINDS.join(', ')}.`);
  const wanted = kinds.length > 0 ? kinds : KINDS;
  process.env['SOFT_DIRTY_INSPECTOR_PRODUCT'] = '1';
  await prepareProgram();
  const release = join(root, 'release');
  mkdirSync(release, { recursive: true });
  const { version, description, homepage } = JSON.parse(readFileSync(join(root, 'app/package.json'), 'utf8'));
  const platform = `linux-${process.arch}`;
  /** @type {string[]} */
  const files = [];
  const report = (/** @type {string} */ file, /** @type {number} */ bytes) => {
    files.push(file);
    print(`${file}: ${(bytes / 2 ** 20).toFixed(1)} MiB`);
  };

  if (wanted.includes('cli')) {
    const name = `soft-dirty-cli-${version}-${platform}`;
    const target = join(release, `${name}.tar.gz`);
    report(`${name}.tar.gz`, await buildCliArchive({ work: join(release, name), target, version }));
  }
  if (wanted.some((kind) => kind !== 'cli')) {
    const runtime = await electronRuntime();
    const suffix = runtime.kind === 'fallback' ? '-fallback-electron' : '';
    if (suffix !== '' && !args.includes(FALLBACK_FLAG)) {
      throw new Problem(
        `The official Electron is not available here; the development one, ${runtime.version}, is not for release.`,
        `Run the command where GitHub can be reached, or, for tests, with ${FALLBACK_FLAG}.`,
      );
    }
    const code = await tool('electron-builder/cli.js', [
      ...['--config', 'electron-builder.yml', '--publish', 'never', '--linux', 'dir'],
      `--config.electronDist=${runtime.folder}`,
      `--config.electronVersion=${runtime.version}`,
    ]);
    if (code !== 0) return code;
    const app = join(release, process.arch === 'x64' ? 'linux-unpacked' : `linux-${process.arch}-unpacked`);
    if (wanted.includes('deb')) {
      const file = `soft-dirty-inspector_${version}_${process.arch === 'x64' ? 'amd64' : process.arch}${suffix}.deb`;
      const target = join(release, file);
      report(
        file,
        await buildDeb({ app, work: join(release, 'deb'), target, version, description, homepage }),
      );
    }
    if (wanted.includes('tar.gz')) {
      const name = `soft-dirty-inspector-${version}-${platform}${suffix}`;
      const target = join(release, `${name}.tar.gz`);
      report(`${name}.tar.gz`, await buildArchive({ app, work: join(release, name), target, version }));
    }
    print(`Packaged with the ${runtime.kind} Electron ${runtime.version}: ${release}`);
  }
  writeFileSync(
    join(release, 'SHA256SUMS'),
    files.map((file) => `${digest(join(release, file))}  ${file}\n`).join(''),
  );
  return 0;
}

/** @param {string} file */
function digest(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
