import { printClosingLine, skippingFails } from './closing-line.mjs';
import { keepFailure } from './failures.mjs';

/** @import { Reporter, TestCase, TestError, TestResult } from '@playwright/test/reporter' */

/** @implements {Reporter} */
export default class ClosingLine {
  #passed = 0;
  #failed = 0;
  /** @type {string[]} */
  #skipped = [];

  /** Without retries a test ends once. @param {TestCase} test @param {TestResult} result */
  onTestEnd(test, result) {
    if (test.outcome() === 'expected') this.#passed += 1;
    if (test.outcome() === 'skipped') this.#skipped.push(test.titlePath().filter(Boolean).join(' > '));
    if (test.outcome() === 'unexpected' || test.outcome() === 'flaky') {
      this.#failed += 1;
      keepFailure(
        test.titlePath().filter(Boolean).join(' > '),
        result.errors.map(({ message }) => message ?? result.status).join('\n'),
      );
    }
  }

  /** Errors outside any test, such as a file that does not load. @param {TestError} error */
  onError(error) {
    keepFailure('outside any test', error.message ?? '');
    this.#failed += 1;
  }

  /** @returns {Promise<{ status: 'failed' } | undefined>} */
  onEnd() {
    return Promise.resolve(this.#skipped.length > 0 && skippingFails() ? { status: 'failed' } : undefined);
  }

  onExit() {
    printClosingLine(this.#passed, this.#failed, this.#skipped);
    return Promise.resolve();
  }
}
