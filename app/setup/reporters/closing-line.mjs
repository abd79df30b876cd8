/**
 * Every test runner of this project ends with the same line, so that a person (or a script) finds the result in one place.
 * @param {number} passed
 * @param {number} failed tests that failed, and files that could not be run at all
 */
export function printClosingLine(passed, failed) {
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
}
