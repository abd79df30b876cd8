import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildBenchmark } from '../bundles.mjs';
import { root } from '../paths.mjs';
import { prepareProgram } from '../prepare.mjs';
import { say } from '../progress.mjs';
import { foreground } from '../run.mjs';

const parts = ['shared', 'main', 'renderer'];

/**
 * `npm run bench`: every `*.bench.ts`, one after the other, each in a process of its own. A benchmark is a module that
 * measures when it is run, and prints each figure beside a baseline of the same run.
 * @param {string[]} words parts of the names of those that are wanted; all without any
 * @returns {Promise<number>} the exit code: 1 where one failed
 */
export async function main(words) {
  await prepareProgram([]);
  const files = parts
    .flatMap((part) =>
      readdirSync(join(root, part), { recursive: true, encoding: 'utf8' }).map((file) => join(part, file)),
    )
    .filter(
      (file) =>
        file.endsWith('.bench.ts') && (words.length === 0 || words.some((word) => file.includes(word))),
    )
    .sort();
  if (files.length === 0) {
    say('There is no benchmark of that name.');
    return 1;
  }
  const failed = [];
  for (const file of files) {
    say(`\n== ${file}`);
    const script = await buildBenchmark(file);
    if ((await foreground(process.execPath, [script], { cwd: root })) !== 0) failed.push(file);
    rmSync(script);
  }
  if (failed.length > 0) say(`\nFailed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}
