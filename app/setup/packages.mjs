import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { npm, npmProblem } from './npm.mjs';
import { root } from './paths.mjs';
import { step } from './progress.mjs';

/** @typedef {{ packages: Record<string, { version?: string, optional?: boolean }> }} Lock */

/**
 * Compares the lock file with npm's list of what it installed.
 * @param {Lock} wanted package-lock.json
 * @param {Lock} installed node_modules/.package-lock.json, which npm writes when it has finished
 * @returns {boolean}
 */
export function samePackages(wanted, installed) {
  for (const [path, entry] of Object.entries(wanted.packages)) {
    const found = installed.packages[path];
    // Packages for other systems are optional and absent.
    if (path !== '' && (found ? found.version !== entry.version : entry.optional !== true)) return false;
  }
  return Object.keys(installed.packages).every((path) => path in wanted.packages);
}

/** @param {string} folder the checkout @returns {boolean} */
export function packagesReady(folder) {
  try {
    const read = (/** @type {string} */ file) => JSON.parse(readFileSync(join(folder, file), 'utf8'));
    return samePackages(read('package-lock.json'), read('node_modules/.package-lock.json'));
  } catch {
    return false;
  }
}

/** Installs the packages of the lock file unless they are there. No package runs a script of its own (.npmrc). */
export async function preparePackages() {
  if (packagesReady(root)) return;
  await step('Installing packages', async (report) => {
    const timer = setInterval(() => report(`${countPackages()} there`), 500);
    const result = await npm(['ci', '--loglevel=error'], root);
    clearInterval(timer);
    if (result.code !== 0) throw npmProblem(result, 'The packages could not be installed');
  });
}

function countPackages() {
  try {
    return readdirSync(join(root, 'node_modules')).length;
  } catch {
    return 0;
  }
}
