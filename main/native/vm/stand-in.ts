/**
 * What test files import from 'vitest', made of vitest's own parts without its server: inside a guest there is no
 * node_modules, so the bundle of the guest's suite has this module in vitest's place.
 */
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  customMatchers,
  type ExpectStatic,
} from '@vitest/expect';
import { getCurrentTest } from '@vitest/runner';
import * as chai from 'chai';

export {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  it,
  onTestFinished,
  test,
} from '@vitest/runner';

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

function assertion(value: unknown, message?: string): unknown {
  const made = chai.expect(value, message) as unknown as { withTest(test: unknown): unknown };
  const test: unknown = getCurrentTest();
  return test === undefined ? made : made.withTest(test);
}

const matchers = (globalThis as Record<symbol, unknown>)[ASYMMETRIC_MATCHERS_OBJECT];
export const expect = Object.assign(assertion, chai.expect, matchers) as unknown as ExpectStatic;
Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: expect, configurable: true });
// chai's `extend` takes the `expect` object that it extends.
(chai.expect as unknown as { extend(target: unknown, matchers: object): void }).extend(
  expect,
  customMatchers,
);
