/** Static checks: types, lint, format. */
import { print } from './progress.mjs';
import { quietTool } from './tools.mjs';

/** What a check found: nothing if `code` is 0. @typedef {{ code: number | null, output: string }} Found */

/** @returns {Promise<Found>} the native compiler's output for every project; TypeScript 6 is there for ESLint's parser */
export function checkTypes() {
  return quietTool('typescript-7/bin/tsc', ['-b']);
}

/** @returns {Promise<Found>} the files that `npm run format` would change */
export async function checkFormat() {
  const { code, output } = await quietTool('oxfmt/bin/oxfmt', ['--check']);
  return { code, output: code === 0 ? '' : output };
}

/**
 * The linters, which run concurrently: oxlint (.oxlintrc.json) and knip for unused code (knip.jsonc), both always over
 * every file, and ESLint for the rules of imports (eslint.config.js), for which a second thread gains nothing.
 * @param {string[]} [files] for ESLint, relative to the top folder; all without it
 * @returns {Promise<Found>}
 */
export async function lint(files = ['.']) {
  const found = await Promise.all([
    quietTool('oxlint/bin/oxlint', ['--type-aware', '--deny-warnings', '--report-unused-disable-directives']),
    quietTool('knip/bin/knip.js', ['--no-progress']),
    files.length === 0
      ? { code: 0, output: '' }
      : quietTool('eslint/bin/eslint.js', ['--max-warnings', '0', '--no-warn-ignored', ...files]),
  ]);
  const bad = found.filter(({ code }) => code !== 0);
  return { code: bad.length === 0 ? 0 : 1, output: bad.map(({ output }) => output.trim()).join('\n\n') };
}

/** @param {string} text */
export function headline(text) {
  print(`\n== ${text} ${'='.repeat(Math.max(0, 70 - text.length))}`);
}

/** @param {number} since as of `performance.now` @returns {string} */
export function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
