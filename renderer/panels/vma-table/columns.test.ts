import { describe, expect, it } from 'vitest';
import type { VmaSums } from '../../data/vma-summary.ts';
import { vmaOf } from '../../testing/memory.ts';
import { arrange } from './columns.ts';

const vmas = [
  vmaOf(0x400, 0x500, { name: '/usr/bin/node', kind: 'file-private', write: false }),
  vmaOf(0x600, 0x700, { name: '[heap]', kind: 'heap' }),
  vmaOf(0x900, 0x9ff),
  vmaOf(0x7ffff, 0x80000, { name: '[vdso]', kind: 'special', tracked: false }),
];
const sums: VmaSums = {
  vmas,
  written: Float64Array.of(0, 7, 7, 0),
  present: new Float64Array(4),
  swapped: new Float64Array(4),
  huge: new Float64Array(4),
  touched: new Float64Array(4),
  hot: new Float64Array(4),
  gone: new Float64Array(4),
  rate: Float64Array.of(0, 3, 90, 0),
};
const byStart = { column: 'start', descending: false } as const;

describe('the order of the mappings', () => {
  it.each([
    [byStart, [0, 1, 2, 3]],
    [{ column: 'start', descending: true }, [3, 2, 1, 0]],
    [{ column: 'size', descending: false }, [3, 2, 0, 1]],
    [{ column: 'rate', descending: true }, [2, 1, 0, 3]],
    // Equal counts stay in the order of their addresses.
    [{ column: 'written', descending: true }, [1, 2, 0, 3]],
  ] as const)('%j', (sort, order) => {
    expect(arrange(sums, '', sort)).toEqual(order);
  });

  it.each([
    ['heap', [1]],
    ['node r--p', [0]],
    ['600000', [1]],
    ['untracked', [3]],
    ['anonymous', [2]],
    ['nothing such', []],
  ])('filtered by “%s”', (filter, order) => {
    expect(arrange(sums, filter, byStart)).toEqual(order);
  });
});
