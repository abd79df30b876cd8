import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../paths.mjs';
import { prepareProgram } from '../prepare.mjs';
import { Problem } from '../problem.mjs';
import { print } from '../progress.mjs';
import { run } from '../run.mjs';
import { checkFormat, checkTypes, headline, lint, seconds } from '../still-checks.mjs';
import { tool } from '../tools.mjs';

/**
 * `npm run check`: types, lint and format, and the unit tests of what changed since the last commit, or in it if
 * nothing did.
 * @param {string[]} args a commit to compare with instead
 * @returns {Promise<number>} the exit code
 */
export async function main(args) {
  const began = performance.now();
  await prepareProgram();
  const files = await changedFiles(args[0]);
  const code = files.filter((file) => /\.(tsx?|mjs|js)$/.test(file));
  const still = await Promise.all([checkTypes(), lint(), checkFormat()]);
  for (const { output } of still) if (output.trim() !== '') print(output.trimEnd());
  print(`Types, lint and format: ${seconds(began)}`);
  const tests =
    code.length === 0
      ? 0
      : await tool('vitest/vitest.mjs', ['related', '--run', '--passWithNoTests', ...code]);
  const failed = tests !== 0 || still.some((check) => check.code !== 0);
  headline(`${failed ? 'Failed' : 'Passed'}: ${files.length} files changed, ${seconds(began)}`);
  return failed ? 1 : 0;
}

/** @param {string | undefined} base @returns {Promise<string[]>} the existing ones, relative to the top folder */
async function changedFiles(base) {
  const known = base === undefined ? [] : await git('diff', '--name-only', base);
  const open = await git('ls-files', '--modified', '--others', '--exclude-standard');
  const staged = await git('diff', '--name-only', '--cached');
  let files = [...new Set([...known, ...open, ...staged])];
  if (files.length === 0) files = await git('diff', '--name-only', 'HEAD~1');
  return files.filter((file) => existsSync(join(root, file)));
}

/** @param {string[]} args @returns {Promise<string[]>} the lines that it prints */
async function git(...args) {
  const { code, output } = await run('git', args, { cwd: root });
  if (code !== 0) throw new Problem(`git ${args.join(' ')}: ${output.trim()}`, 'Name an existing commit.');
  return output.split('\n').filter(Boolean);
}
