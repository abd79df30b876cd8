/**
 * Every test runner of this project ends with the same line, so that a person (or a script) finds the result in one place.
 * @param {number} passed
 * @param {number} failed tests that failed, and files that could not be run at all
 * @param {string[]} skipped full names of the tests that this machine cannot run: each is named, and in CI they are a failure
 */
export function printClosingLine(passed, failed, skipped) {
  const names = skipped.map((name) => `  ${name}\n`).join('');
  if (skipped.length > 0)
    process.stdout.write(`\nNot run, because this machine lacks what they need:\n${names}`);
  const rest = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
  process.stdout.write(`\n${passed} passed, ${failed} failed${rest}\n`);
}

/** Whether a run in which tests were skipped is a failed one: on the machine that must be able to run all of them. */
export const skippingFails = () => Boolean(process.env['CI']);
