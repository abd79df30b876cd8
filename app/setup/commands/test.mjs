import { prepareTestTools } from '../libraries.mjs';
import { prepareProgram, prepareWindow } from '../prepare.mjs';
import { sentence } from '../problem.mjs';
import { print } from '../progress.mjs';
import { noteSignals } from '../run.mjs';
import { checkFormat, checkTypes, headline, lint, seconds } from '../still-checks.mjs';
import { E2E_PROJECTS, E2E_WORKERS, playwright, tool } from '../tools.mjs';
import { testOnKernels } from '../../../e2e/tools/guests/suite.mjs';
import { collectFailures } from '../../../e2e/tools/reporters/failures.mjs';

/** @import { Runtime } from '../electron.mjs' */
/** @import { Found } from '../still-checks.mjs' */

/** @typedef {(runtime: Runtime) => Promise<number>} Check */

/** @type {(name: string, check: () => Promise<Found>) => Check} */
const still = (name, check) => async () => {
  const { code, output } = await check();
  headline(code === 0 ? `${name}: passed` : name);
  if (output.trim() !== '') print(output.trimEnd());
  return code ?? 1;
};

/** @type {(name: string, check: Check) => Check} */
const loud = (name, check) => (runtime) => {
  headline(name);
  return check(runtime);
};

/**
 * Two sequences that run at the same time, since unit tests wait for watched programs half of their time and the others
 * compute. Guests have a lower priority, and their lines begin with their kernel.
 * @type {[name: string, check: Check][][]}
 */
const beside = [
  [
    ['Types', still('Types', checkTypes)],
    ['Lint', still('Lint', () => lint())],
    ['Format', still('Format', checkFormat)],
    ['Real kernels', loud('Real kernels', () => testOnKernels([]))],
  ],
  [['Unit tests', loud('Unit tests', () => tool('vitest/vitest.mjs', ['run']))]],
];

/** Alone, because it takes the whole machine. @type {[name: string, check: Check][]} */
const last = [
  ['End to end', loud('End to end', (runtime) => playwright(runtime, E2E_PROJECTS, E2E_WORKERS))],
];

/**
 * `npm test`: set-up, then every check, even after failed ones.
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function main(args) {
  if (args.length > 0) {
    print('npm test takes no arguments: `npm run unit -- FILES` and `npm run e2e -- FILES` run a part.');
    return 2;
  }
  const began = performance.now();
  headline('Set-up');
  await prepareProgram();
  await prepareTestTools();
  const runtime = await prepareWindow({ ownDisplay: true });
  print(`  Electron ${runtime.version} (${runtime.kind})`);

  const failures = collectFailures();
  /** @type {string[]} */
  const failed = [];
  /** @type {string[]} */
  const times = [];
  const stopped = noteSignals();
  const inOrder = async (/** @type {[name: string, check: Check][]} */ checks) => {
    for (const [name, check] of checks) {
      if (stopped() !== 0) return;
      const start = performance.now();
      const code = await check(runtime).catch((/** @type {unknown} */ error) => {
        print(sentence(error));
        return 1;
      });
      times.push(`${name} ${seconds(start)}`);
      if (code !== 0) failed.push(name);
    }
  };
  await Promise.all(beside.map(inOrder));
  await inOrder(last);
  if (stopped() !== 0) {
    headline('Stopped');
    return stopped();
  }
  const report = failures();
  if (report !== '') {
    headline('What failed');
    print(report);
  }
  headline(failed.length === 0 ? 'All checks passed' : `Failed: ${failed.join(', ')}`);
  print(`${times.join(', ')}; ${seconds(began)} in total`);
  return failed.length === 0 ? 0 : 1;
}
