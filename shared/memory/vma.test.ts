/** How a VMA is tracked, with what a source leaves out filled in. */
import { describe, expect, it } from 'vitest';
import { trackingOf } from './vma.ts';

describe('how a VMA is tracked', () => {
  it('is exact, or not tracked, by default', () => {
    expect(trackingOf({ tracked: true })).toEqual({ tracking: 'exact', reason: '' });
    expect(trackingOf({ tracked: false, untracked: 'the vDSO' })).toEqual({
      tracking: 'untracked',
      reason: 'the vDSO',
    });
    expect(trackingOf({ tracked: true, tracking: 'pinned', reason: 'io_uring' })).toEqual({
      tracking: 'pinned',
      reason: 'io_uring',
    });
  });
});
