import { prepareTestTools } from '../libraries.mjs';
import { prepareProgram, prepareWindow } from '../prepare.mjs';
import { sentence } from '../problem.mjs';
import { say } from '../progress.mjs';
import { playwright, quietTool, tool } from '../tools.mjs';
import { testOnKernels } from '../vm/suite.mjs';

/** @import { Runtime } from '../electron.mjs' */

/** @typedef {(runtime: Runtime) => Promise<number>} Check */

/**
 * Checks of the code as it stands: each has one processor and says nothing until it ends, so they go on beside the guests,
 * which have another.
 * @type {[name: string, script: string, args: string[]][]}
 */
const still = [
  ['Types', 'typescript/bin/tsc', ['-b']],
  ['Lint', 'eslint/bin/eslint.js', ['.', '--max-warnings', '0']],
  ['Format', 'prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']],
];

/** @type {[name: string, run: Check][]} */
const checks = [
  ['Real kernels', () => testOnKernels([])],
  ['Unit tests', () => tool('vitest/vitest.mjs', ['run'])],
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
  await prepareTestTools();
  const runtime = await prepareWindow({ ownDisplay: true });
  say(`  Electron ${runtime.version} (${runtime.kind})`);

  /** @type {string[]} */
  const failed = [];
  /** @type {string[]} */
  const times = [];
  const note = (/** @type {string} */ name, /** @type {number} */ start, /** @type {number} */ code) => {
    times.push(`${name} ${seconds(start)}`);
    if (code !== 0) failed.push(name);
  };
  const beside = (async () => {
    for (const [name, script, args] of still) {
      const start = performance.now();
      const { code, output } = await quietTool(script, args);
      headline(code === 0 ? `${name}: nothing to say` : name);
      if (output.trim() !== '') say(output.trimEnd());
      note(name, start, code ?? 1);
    }
  })();
  for (const [name, check] of checks) {
    headline(name);
    const start = performance.now();
    const code = await check(runtime).catch((/** @type {unknown} */ error) => {
      say(sentence(error));
      return 1;
    });
    note(name, start, code);
    await beside;
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
