import { printClosingLine, skippingFails } from './closing-line.mjs';

/** @import { Reporter, TestModule, Vitest } from 'vitest/node' */

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
    let failed = unhandled.length;
    /** @type {string[]} */
    const skipped = [];
    for (const module of modules) {
      // A file that fails to load has errors and no tests; so has a suite whose beforeAll fails.
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        if (test.result().state === 'passed') passed += 1;
        if (test.result().state === 'failed') failed += 1;
        // One whose beforeAll failed did not run either, and that failure is counted.
        const unwanted = test.result().state === 'skipped' && test.options.mode !== 'run';
        if (unwanted && !this.#selected) skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
      }
    }
    printClosingLine(passed, failed, skipped);
    if (skipped.length > 0 && skippingFails()) process.exitCode = 1;
  }
}
