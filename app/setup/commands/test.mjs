import { prepareTestTools } from '../libraries.mjs';
import { prepareProgram, prepareWindow } from '../prepare.mjs';
import { sentence } from '../problem.mjs';
import { print } from '../progress.mjs';
import { checkFormat, checkTypes, headline, lint, seconds } from '../still-checks.mjs';
import { E2E_WORKERS, playwright, tool } from '../tools.mjs';
import { testOnKernels } from '../../../e2e/tools/guests/suite.mjs';
import { collectFailures } from '../../../e2e/tools/reporters/failures.mjs';

/** @import { Runtime } from '../electron.mjs' */
/** @import { Found } from '../still-checks.mjs' */

/** @typedef {(runtime: Runtime) => Promise<number>} Check */

/**
 * They print nothing until they end, so they run beside the guests.
 * @type {[name: string, run: () => Promise<Found>][]}
 */
const still = [
  ['Types', checkTypes],
  ['Lint', () => lint()],
  ['Format', checkFormat],
];

/** @type {[name: string, run: Check][]} */
const checks = [
  ['Real kernels', () => testOnKernels([])],
  ['Unit tests', () => tool('vitest/vitest.mjs', ['run'])],
  ['End to end', (runtime) => playwright(runtime, ['--project=e2e'], E2E_WORKERS)],
];

/**
 * `npm test`: set-up, then every check, also after failed ones.
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
  const note = (/** @type {string} */ name, /** @type {number} */ start, /** @type {number} */ code) => {
    times.push(`${name} ${seconds(start)}`);
    if (code !== 0) failed.push(name);
  };
  const beside = (async () => {
    for (const [name, check] of still) {
      const start = performance.now();
      const { code, output } = await check();
      headline(code === 0 ? `${name}: passed` : name);
      if (output.trim() !== '') print(output.trimEnd());
      note(name, start, code ?? 1);
    }
  })();
  for (const [name, check] of checks) {
    headline(name);
    const start = performance.now();
    const code = await check(runtime).catch((/** @type {unknown} */ error) => {
      print(sentence(error));
      return 1;
    });
    note(name, start, code);
    await beside;
  }
  const report = failures();
  if (report !== '') {
    headline('What failed');
    print(report);
  }
  headline(failed.length === 0 ? 'All checks passed' : `Failed: ${failed.join(', ')}`);
  print(`${times.join(', ')}; ${seconds(began)} in all`);
  return failed.length === 0 ? 0 : 1;
}
