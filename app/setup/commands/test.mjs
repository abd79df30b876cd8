import { prepareProgram, prepareWindow } from '../prepare.mjs';
import { sentence } from '../problem.mjs';
import { say } from '../progress.mjs';
import { playwright, tool } from '../tools.mjs';
import { testOnKernels } from '../vm/suite.mjs';

/** @import { Runtime } from '../electron.mjs' */

/** @type {[name: string, run: (runtime: Runtime) => Promise<number>][]} */
const checks = [
  ['Types', () => tool('typescript/bin/tsc', ['-b'])],
  ['Lint', () => tool('eslint/bin/eslint.js', ['.', '--max-warnings', '0'])],
  ['Format', () => tool('prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.'])],
  ['Unit tests', () => tool('vitest/vitest.mjs', ['run'])],
  ['Real kernels', () => testOnKernels([])],
  ['End to end', (runtime) => playwright(runtime, ['--project=e2e'])],
];

/**
 * `npm test`: set-up, then every check, whatever the ones before it said.
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function main(args) {
  if (args.length > 0) {
    say('npm test takes no arguments: `npm run unit -- FILES` and `npm run e2e -- FILES` run a part.');
    return 2;
  }
  const began = performance.now();
  headline('Set-up');
  await prepareProgram();
  const runtime = await prepareWindow({ ownDisplay: true });
  say(`  Electron ${runtime.version} (${runtime.kind})`);

  const failed = [];
  const times = [];
  for (const [name, run] of checks) {
    headline(name);
    const start = performance.now();
    const code = await run(runtime).catch((/** @type {unknown} */ error) => {
      say(sentence(error));
      return 1;
    });
    times.push(`${name} ${seconds(start)}`);
    if (code !== 0) failed.push(name);
  }
  headline(failed.length === 0 ? 'All checks passed' : `Failed: ${failed.join(', ')}`);
  say(`${times.join(', ')}; ${seconds(began)} in all`);
  return failed.length === 0 ? 0 : 1;
}

/** @param {string} text */
function headline(text) {
  say(`\n== ${text} ${'='.repeat(Math.max(0, 70 - text.length))}`);
}

/** @param {number} since */
function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
