import { printClosingLine } from './closing-line.mjs';

/** @import { Reporter, TestModule } from 'vitest/node' */

/** @implements {Reporter} */
export default class ClosingLine {
  /**
   * @param {readonly TestModule[]} modules
   * @param {readonly unknown[]} unhandled errors outside any test
   */
  onTestRunEnd(modules, unhandled) {
    let passed = 0;
    let failed = unhandled.length;
    for (const module of modules) {
      // A file that fails to load has errors and no tests; so has a suite whose beforeAll fails.
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        if (test.result().state === 'passed') passed += 1;
        if (test.result().state === 'failed') failed += 1;
      }
    }
    printClosingLine(passed, failed);
  }
}
