import { describe, expect, it } from 'vitest';
import type { VmaSums } from '../../data/vma-summary.ts';
import { vmaOf } from '../../testing/memory.ts';
import { figuresOf, type Sort, tableRows } from './rows.ts';

const file = { name: '/usr/bin/node', kind: 'file-private', write: false } as const;
const vmas = [
  vmaOf(0x400, 0x500, file),
  vmaOf(0x600, 0x700, { name: '[heap]', kind: 'heap' }),
  vmaOf(0x900, 0x9ff),
  vmaOf(0x7ffff, 0x80000, { name: '[vdso]', kind: 'special', tracked: false }),
];
const sumsOf = (of: typeof vmas, written: number[], rate: number[]): VmaSums => ({
  vmas: of,
  written: Float64Array.from(written),
  present: new Float64Array(of.length),
  swapped: new Float64Array(of.length),
  huge: new Float64Array(of.length),
  touched: new Float64Array(of.length),
  hot: new Float64Array(of.length),
  gone: new Float64Array(of.length),
  rate: Float64Array.from(rate),
  classes: [],
  writers: [],
});
const sums = sumsOf(vmas, [0, 7, 7, 0], [0, 3, 90, 0]);
const byStart: Sort = { column: 'start', descending: false };
const arrange = (filter: string, sort: Sort): number[] =>
  tableRows(sums, filter, sort, new Set()).flatMap(({ indexes }) => indexes);

describe('the order of the mappings', () => {
  it.each([
    [byStart, [0, 1, 2, 3]],
    [{ column: 'start', descending: true }, [3, 2, 1, 0]],
    [{ column: 'size', descending: false }, [3, 2, 0, 1]],
    [{ column: 'rate', descending: true }, [2, 1, 0, 3]],
    // Equal counts stay in the order of their addresses.
    [{ column: 'written', descending: true }, [1, 2, 0, 3]],
  ] as const)('%j', (sort, order) => {
    expect(arrange('', sort)).toEqual(order);
  });

  it.each([
    ['heap', [1]],
    ['node r--p', [0]],
    ['600000', [1]],
    ['untracked', [3]],
    ['anonymous', [2]],
    ['nothing such', []],
  ])('filtered by “%s”', (filter, order) => {
    expect(arrange(filter, byStart)).toEqual(order);
  });
});

describe('mappings of one file', () => {
  const libc = { name: '/usr/lib/libc.so.6', kind: 'file-private' } as const;
  const mapped = [
    vmaOf(0x100, 0x110, { ...libc, write: false }),
    vmaOf(0x110, 0x150, { ...libc, write: false, exec: true }),
    vmaOf(0x150, 0x160, libc),
    // The anonymous memory behind it has no file.
    vmaOf(0x160, 0x170),
    vmaOf(0x200, 0x210, file),
    vmaOf(0x300, 0x310, libc),
  ];
  const known = sumsOf(mapped, [1, 0, 4, 0, 6, 2], [0, 0, 1.6, 0, 0, 1]);
  const shape = (sort = byStart, open: number[] = [], filter = '') =>
    tableRows(known, filter, sort, new Set(open)).map(
      ({ indexes, level, isOpen }) =>
        `${level}:${indexes.join('+')}${isOpen === null ? '' : isOpen ? ' open' : ' folded'}`,
    );

  it('are one row if they are adjacent', () => {
    expect(shape()).toEqual(['1:0+1+2 folded', '1:3', '1:4', '1:5']);
  });

  it('follow it one by one if it is open, also sorted', () => {
    const open = ['1:0+1+2 open', '2:0', '2:1', '2:2'];
    expect(shape(byStart, [0x100])).toEqual([...open, '1:3', '1:4', '1:5']);
    expect(shape({ column: 'written', descending: true }, [0x100])).toEqual(['1:4', ...open, '1:5', '1:3']);
  });

  it('count together: the row has the sums of its mappings', () => {
    expect(figuresOf(known, [0, 1, 2])).toEqual({
      ...{ size: 0x60, written: 5, rate: 2, resident: 0, swapped: 0, huge: 0 },
      ...{ every: 0, most: 0, periodic: 0, rare: 0, once: 0, period: 0, writer: '', writerShare: 0 },
    });
  });

  it('are followed by the named ranges that begin in them, which are found by their names', () => {
    const named = [0x115, 0x205].map((start, i) => ({
      range: { id: String(i), name: `named ${start.toString(16)}` },
      pages: { start, end: start + 1 },
    }));
    const withNamed = (filter: string, open: number[]) =>
      tableRows(known, filter, byStart, new Set(open), named).map(
        ({ indexes, named: one }) => one?.range.name ?? indexes.join('+'),
      );
    expect(withNamed('', [])).toEqual(['0+1+2', 'named 115', '3', '4', 'named 205', '5']);
    expect(withNamed('', [0x100])).toEqual(['0+1+2', '0', '1', 'named 115', '2', '3', '4', 'named 205', '5']);
    expect(withNamed('NAMED 2', [])).toEqual(['4', 'named 205']);
  });

  it('are folded only as far as the filter leaves them', () => {
    expect(shape(byStart, [], 'rw-p')).toEqual(['1:2', '1:3', '1:5']);
    expect(shape(byStart, [], 'r-')).toEqual(['1:0+1 folded', '1:4']);
  });
});
