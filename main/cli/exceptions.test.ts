import { describe, expect, it } from 'vitest';
import type { Vma } from '#shared/memory/vma.ts';
import { vmaOf } from '#shared/testing/vma.ts';
import { Exceptions } from './exceptions.ts';

const vma = (start: number, fields: Partial<Vma> = {}): Vma => vmaOf(start, start + 4, fields);
const ring = vma(16, { tracked: false, untracked: 'the kernel writes to it', name: 'anon_inode:[io_uring]' });
const compared = vma(32, { tracking: 'compared', reason: 'new' });

describe('exceptions', () => {
  it('are mappings that are not exact, reported once, and again when they are exact', () => {
    const exceptions = new Exceptions(null);
    const vdso = vma(64, { tracked: false, untracked: 'special', kind: 'special' });
    expect(exceptions.update([vma(8), ring, compared, vdso])).toEqual([
      {
        start: '0x10000',
        len: 16384,
        name: 'anon_inode:[io_uring]',
        tracking: 'untracked',
        reason: 'the kernel writes to it',
      },
      { start: '0x20000', len: 16384, name: '', tracking: 'compared', reason: 'new' },
    ]);
    expect(exceptions.update([vma(8), ring, compared])).toEqual([]);
    expect(exceptions.update([ring, vma(32)])).toEqual([
      { start: '0x20000', len: 16384, name: '', tracking: 'exact', reason: '' },
    ]);
    expect(exceptions.update([])).toEqual([]);
    expect(exceptions.update([ring])).toHaveLength(1);
  });

  it('outside of the range are left out', () => {
    expect(new Exceptions({ start: 0, end: 20 }).update([ring, compared])).toHaveLength(1);
  });
});
