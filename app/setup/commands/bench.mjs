import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildBenchmark } from '../bundles.mjs';
import { root } from '../paths.mjs';
import { prepareProgram, prepareWindow } from '../prepare.mjs';
import { print } from '../progress.mjs';
import { foreground, noteSignals } from '../run.mjs';
import { playwright } from '../tools.mjs';

/**
 * `npm run bench`: every `*.bench.ts`, one after the other. Beside the code, a benchmark is a module that measures when it
 * is run, in a separate process, and prints each figure with a baseline of the same run; in e2e it is a Playwright
 * test on the real Electron.
 * @param {string[]} words parts of the names of the benchmarks to run; default: all
 * @returns {Promise<number>} the exit code: 1 if one failed
 */
export async function main(words) {
  await prepareProgram(['cli.js', 'demo-program.js', 'fault-thread.js']);
  const modules = ['shared', 'main', 'renderer'].flatMap((part) => find(part, words));
  const windows = find('e2e/bench', words);
  if (modules.length + windows.length === 0) {
    print('No matching benchmark.');
    return 1;
  }
  const failed = [];
  const stopped = noteSignals();
  for (const file of modules) {
    print(`\n== ${file}`);
    const script = await buildBenchmark(file);
    if ((await foreground(process.execPath, [script], { cwd: root })) !== 0) failed.push(file);
    rmSync(script);
    if (stopped() !== 0) return stopped();
  }
  if (windows.length > 0) {
    const runtime = await prepareWindow({ ownDisplay: true });
    if ((await playwright(runtime, ['--project=bench', ...windows])) !== 0) failed.push('e2e/bench');
  }
  if (failed.length > 0) print(`\nFailed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

/**
 * @param {string} part a folder
 * @param {string[]} words
 * @returns {string[]} its benchmarks of which a word is part of the name
 */
function find(part, words) {
  const folder = join(root, part);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => join(part, file))
    .filter((file) => file.endsWith('.bench.ts'))
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .sort();
}
