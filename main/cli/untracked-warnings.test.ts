import { describe, expect, it } from 'vitest';
import type { Vma } from '#shared/memory/vma.ts';
import { vmaOf } from '#shared/testing/vma.ts';
import { UntrackedWarnings } from './untracked-warnings.ts';

const vma = (number: number, fields: Partial<Vma> = {}): Vma =>
  vmaOf(number * 16, number * 16 + 4, { tracked: false, untracked: 'The kernel writes to it.', ...fields });
const named = (count: number, from = 1): Vma[] =>
  Array.from({ length: count }, (_, i) => vma(from + i, { name: `/tmp/${from + i}` }));

describe('warnings of memory that is not watched', () => {
  it('name each mapping if there are few', () => {
    const warnings = new UntrackedWarnings(null);
    expect(warnings.update([vma(1, { name: '/tmp/a\x1b[2J' }), vma(2, { untracked: 'DAX.' })])).toEqual([
      '0x10000-0x14000 /tmp/a\ufffd[2J is not watched. The kernel writes to it.',
      '0x20000-0x24000 is not watched. DAX.',
    ]);
  });

  it('leave out what is tracked, what the program cannot write to, and what is outside of the range', () => {
    const vmas = [vma(1, { tracked: true, untracked: undefined }), vma(2, { write: false }), vma(3)];
    expect(new UntrackedWarnings(null).update(vmas)).toHaveLength(1);
    expect(new UntrackedWarnings({ start: 0, end: 48 }).update(vmas)).toEqual([]);
  });

  it('count mappings of one name, and what is left after the first five names', () => {
    const rings = Array.from({ length: 1000 }, (_, i) => vma(100 + i, { name: '/[aio] (deleted)' }));
    const lines = new UntrackedWarnings(null).update([...rings, ...named(40)]);
    expect(lines).toHaveLength(6);
    expect(lines[0]).toBe(
      '0x640000-0x644000 /[aio] (deleted) and 999 more like it are not watched. The kernel writes to it.',
    );
    expect(lines.slice(1, 5).map((line) => line.split(' ')[1])).toEqual([1, 2, 3, 4].map((i) => `/tmp/${i}`));
    expect(lines[5]).toBe('36 more mappings are not watched; --json lists every one.');
  });

  it('are made once for each name, however often such mappings come and go', () => {
    const warnings = new UntrackedWarnings(null);
    const lines: string[] = [];
    for (let sample = 0; sample < 500; sample++) {
      lines.push(...warnings.update(sample % 2 === 0 ? [vma(sample, { name: '/[aio] (deleted)' })] : []));
    }
    expect(lines).toHaveLength(1);
  });

  it('end after twenty names of a program that maps others all the time', () => {
    const warnings = new UntrackedWarnings(null);
    const lines: string[] = [];
    for (let sample = 1; sample < 500; sample++) lines.push(...warnings.update(named(1, sample)));
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe(
      'One more mapping is not watched; --json lists every one. No others are reported.',
    );
  });
});
