import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildBundle, bundles, forProduct, schemaLibrary } from './bundles.mjs';
import { withLock } from './lock.mjs';
import { copyNativeFiles, nativeFilesExist } from './native-files.mjs';
import { dist, root, setupLock } from './paths.mjs';
import { Problem, runEntry } from './problem.mjs';
import { step } from './progress.mjs';

/** @import { Bundle } from './bundles.mjs' */

const stampFile = join(dist, '.stamp');

/** Files that every bundle depends on: packages, compiler settings, build scripts. */
const common = [
  'package-lock.json',
  'tsconfig.base.json',
  'app/setup/bundles.mjs',
  'app/setup/native-files.mjs',
  'app/setup/c-programs.mjs',
];

/**
 * A hash of the names, sizes and times of all inputs: equal if nothing was touched since the last build.
 * @param {string[]} paths files and folders relative to `base`; test files do not count
 * @param {string} [base]
 * @returns {string}
 */
export function fingerprint(paths, base = root) {
  const hash = createHash('sha1');
  const visit = (/** @type {string} */ path) => {
    const entry = statSync(join(base, path), { throwIfNoEntry: false });
    if (entry === undefined) return;
    if (entry.isDirectory()) {
      for (const name of readdirSync(join(base, path)).sort()) {
        if (name !== 'fixtures' && !/\.(test|bench)\.tsx?$/.test(name)) visit(`${path}/${name}`);
      }
    } else {
      hash.update(`${path}\0${entry.size}\0${entry.mtimeMs}\n`);
    }
  };
  paths.forEach(visit);
  return hash.digest('base64url');
}

/** @returns {Record<string, string>} the fingerprint of each bundle at its last build */
function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return {};
  }
}

/**
 * @param {string[] | undefined} outputs
 * @returns {Map<Bundle, string>} the bundles that are older than their inputs, with their inputs' fingerprint
 */
function findStale(outputs) {
  const stamp = readStamp();
  /** @type {Map<string, string>} */
  const looked = new Map();
  // Bundles share their inputs; each is read once.
  const fingerprintOf = (/** @type {string} */ path) => {
    const known = looked.get(path) ?? fingerprint([path]);
    looked.set(path, known);
    return known;
  };
  const stale = new Map();
  for (const bundle of bundles) {
    // Every bundle for Node needs the schema library.
    if (outputs && !outputs.includes(bundle.output) && bundle.output !== schemaLibrary) continue;
    const now = [...common, ...bundle.inputs].map(fingerprintOf).join(' ') + (forProduct() ? ' product' : '');
    if (stamp[bundle.output] !== now || !existsSync(join(dist, bundle.output))) stale.set(bundle, now);
  }
  return stale;
}

/**
 * Builds stale bundles.
 * @param {string[]} [outputs] outputs to build, such as `cli.js`; default: all
 */
export async function build(outputs) {
  if (findStale(outputs).size === 0 && nativeFilesExist()) return;
  await withLock(setupLock, async () => {
    copyNativeFiles();
    /** @type {unknown[]} */
    const failures = [];
    for (const [bundle, now] of findStale(outputs)) {
      try {
        await step(`Building the ${bundle.name}`, () => buildOne(bundle));
        writeFileSync(stampFile, JSON.stringify({ ...readStamp(), [bundle.output]: now }, null, 2));
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  });
}

/** @param {Bundle} bundle */
async function buildOne(bundle) {
  try {
    await buildBundle(bundle);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const words = message.split('\n').filter((line) => !/^\s+at /.test(line));
    throw new Problem(
      `The ${bundle.name} could not be built: ${words.join('\n')}\n`,
      'Fix the error in the message; `npm run typecheck` shows more.',
      { cause },
    );
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runEntry(() => build(process.argv.length > 2 ? process.argv.slice(2) : undefined));
}
