import { printClosingLine } from './closing-line.mjs';

/** @import { Reporter, TestCase } from '@playwright/test/reporter' */

/** @implements {Reporter} */
export default class ClosingLine {
  #passed = 0;
  #failed = 0;

  /** Without retries a test ends once. @param {TestCase} test */
  onTestEnd(test) {
    if (test.outcome() === 'expected') this.#passed += 1;
    if (test.outcome() === 'unexpected' || test.outcome() === 'flaky') this.#failed += 1;
  }

  /** Errors outside any test, such as a file that does not load. */
  onError() {
    this.#failed += 1;
  }

  onExit() {
    printClosingLine(this.#passed, this.#failed);
    return Promise.resolve();
  }
}
