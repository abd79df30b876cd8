import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf, ensureFolder, explainFileError } from '../problem.mjs';
import { alive } from '../processes.mjs';

/**
 * Fills a folder atomically: `fill` works in a folder beside it, which takes the real name only when it is complete.
 * Two runs at once both do the work; the first to finish wins, and the other uses what it finds.
 * @param {string} folder the folder to create completely
 * @param {(work: string) => Promise<void>} fill fills the folder that it is given
 * @returns {Promise<string>} `folder`
 */
export async function fillOnce(folder, fill) {
  if (existsSync(folder)) return folder;
  /** @type {string | undefined} */
  let work;
  try {
    ensureFolder(dirname(folder));
    sweep(folder);
    work = mkdtempSync(`${folder}.${process.pid}.`);
    const content = join(work, 'content');
    mkdirSync(content);
    await fill(content);
    renameSync(content, folder);
  } catch (error) {
    const raced = ['EEXIST', 'ENOTEMPTY'].includes(codeOf(error)) && existsSync(folder);
    if (!raced) throw explainFileError(error, dirname(folder));
  } finally {
    if (work !== undefined) rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

/** Removes what runs that were killed left behind. @param {string} folder */
function sweep(folder) {
  for (const name of readdirSync(dirname(folder))) {
    const match = /\.(\d+)\.[^.]+$/.exec(name);
    if (!match || !name.startsWith(`${basename(folder)}.`) || alive(Number(match[1]))) continue;
    rmSync(join(dirname(folder), name), { recursive: true, force: true });
  }
}
