import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf, ensureFolder, explainFileError } from './problem.mjs';
import { alive } from './processes.mjs';
import { print } from './progress.mjs';

/**
 * Runs `work` exclusively in the checkout; other runs wait, and then usually find it done.
 * A lock whose owner died is taken over.
 * @template T
 * @param {string} folder the lock, while it exists
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(folder, work) {
  const owner = join(folder, 'pid');
  let reported = false;
  while (!take(folder)) {
    if (ownerDied(owner)) {
      rmSync(folder, { recursive: true, force: true });
      continue;
    }
    if (!reported) print('  Waiting for another run that does the same …');
    reported = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const release = () => rmSync(folder, { recursive: true, force: true });
  process.on('exit', release);
  try {
    writeFileSync(owner, String(process.pid));
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** @param {string} folder */
function take(folder) {
  ensureFolder(dirname(folder));
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw explainFileError(error, dirname(folder));
  }
}

/** @param {string} file */
function ownerDied(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return pid > 0 && !alive(pid);
  } catch {
    // Between mkdir and write: the owner is there.
    return false;
  }
}
