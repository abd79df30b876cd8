import { printClosingLine, skippingFails } from './closing-line.mjs';
import { keepFailure } from './failures.mjs';

/** @import { Reporter, TestModule, Vitest } from 'vitest/node' */

/** @param {unknown} error */
const messageOf = (error) =>
  error instanceof Object && 'message' in error ? String(error.message) : String(error);

/** @implements {Reporter} */
export default class ClosingLine {
  /** Whether tests were selected by name, so that the others are left out on purpose. */
  #selected = false;

  /** @param {Vitest} vitest */
  onInit(vitest) {
    this.#selected = vitest.config.testNamePattern !== undefined;
  }

  /**
   * @param {readonly TestModule[]} modules
   * @param {readonly unknown[]} unhandled errors outside any test
   */
  onTestRunEnd(modules, unhandled) {
    let passed = 0;
    let failed = 0;
    /** @param {string} name @param {readonly unknown[]} errors */
    const note = (name, errors) => {
      for (const error of errors) keepFailure(name, messageOf(error));
      failed += errors.length;
    };
    note('outside any test', unhandled);
    /** @type {string[]} */
    const skipped = [];
    for (const module of modules) {
      // A file that fails to load has errors and no tests; so has a suite whose beforeAll fails.
      note(module.relativeModuleId, module.errors());
      for (const suite of module.children.allSuites())
        note(`${module.relativeModuleId} > ${suite.fullName}`, suite.errors());
      for (const test of module.children.allTests()) {
        if (test.result().state === 'passed') passed += 1;
        if (test.result().state === 'failed') {
          failed += 1;
          keepFailure(
            `${module.relativeModuleId} > ${test.fullName}`,
            (test.result().errors ?? []).map(messageOf).join('\n'),
          );
        }
        // One whose beforeAll failed did not run either, and that failure is counted.
        const unwanted = test.result().state === 'skipped' && test.options.mode !== 'run';
        if (unwanted && !this.#selected) skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
      }
    }
    printClosingLine(passed, failed, skipped);
    if (skipped.length > 0 && skippingFails()) process.exitCode = 1;
  }
}
