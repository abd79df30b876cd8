import { describe, expect, it } from 'vitest';
import { createRestartPolicy } from './restart-policy.ts';

describe('the restart policy', () => {
  it('starts at once after a first crash, then waits longer and longer, up to 15 s', () => {
    const policy = createRestartPolicy();
    expect(policy.wait()).toBe(0);
    const waits = [1, 2, 3, 4, 5, 6].map(() => {
      policy.died(10);
      return policy.wait();
    });
    expect(waits).toEqual([0, 500, 2_000, 5_000, 15_000, 15_000]);
    expect(policy.deaths()).toBe(6);
  });

  it('ignores earlier crashes once an engine lived for half a minute', () => {
    const policy = createRestartPolicy();
    policy.died(10);
    policy.died(10);
    policy.died(30_000);
    expect(policy.wait()).toBe(0);
    expect(policy.deaths()).toBe(1);
  });
});
