/** Static checks: types, lint, format. */
import { print } from './progress.mjs';
import { quietTool } from './tools.mjs';

/** What a check found: nothing if `code` is 0. @typedef {{ code: number | null, output: string }} Found */

/** @returns {Promise<Found>} the native compiler's output for every project */
export function checkTypes() {
  return quietTool('typescript-7/bin/tsc', ['-b']);
}

/** @returns {Promise<Found>} the files that `npm run format` would change */
export async function checkFormat() {
  const { code, output } = await quietTool('oxfmt/bin/oxfmt', ['--check']);
  return { code, output: code === 0 ? '' : output };
}

/**
 * The linters, which run concurrently: oxlint (oxlint.config.mjs) and knip for unused code (knip.jsonc).
 * @returns {Promise<Found>}
 */
export async function lint() {
  const options = ['--type-aware', '--deny-warnings', '--report-unused-disable-directives'];
  const found = await Promise.all([
    quietTool('oxlint/bin/oxlint', [...options, '-c', 'oxlint.config.mjs']),
    quietTool('knip/bin/knip.js', ['--no-progress']),
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
