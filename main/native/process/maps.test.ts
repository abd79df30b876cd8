import { describe, expect, it } from 'vitest';
import { parseMapsLine } from './maps.ts';

describe('parseMapsLine', () => {
  it('reads every field, with a name that has spaces and a newline', () => {
    expect(parseMapsLine('7f0000001000-7f0000003000 r-xs 00002000 fe:00 1234   /tmp/a b\\012c')).toEqual({
      start: 0x7f0000001,
      end: 0x7f0000003,
      read: true,
      write: false,
      exec: true,
      kind: 'file-shared',
      name: '/tmp/a b\nc',
      pgoff: 2,
      softDirty: false,
      flags: '',
    });
  });

  it.each([
    ['rw-p 00000000 00:00 0', 'anon-private'],
    ['rw-p 00000000 00:00 0   [anon:memory]', 'anon-private'],
    ['rw-p 00000000 00:00 0   [heap]', 'heap'],
    ['rw-p 00000000 00:00 0   [stack]', 'stack'],
    ['r--p 00000000 00:00 0   [vvar]', 'special'],
    ['rw-p 00000000 fe:00 7   /usr/bin/x', 'file-private'],
    ['rw-s 00000000 fe:00 7   /tmp/x', 'file-shared'],
    ['rw-s 00000000 00:01 7   /dev/zero (deleted)', 'anon-shared'],
    ['rw-s 00000000 00:01 7   /SYSV00000000 (deleted)', 'anon-shared'],
    ['rw-s 00000000 00:01 7   [anon_shmem:x]', 'anon-shared'],
    ['rw-s 00000000 00:01 7   /memfd:x (deleted)', 'file-shared'],
    ['rw-s 00000000 fe:00 7   /SYSV00000000 (deleted)', 'file-shared'],
    ['rw-s 00000000 00:21 7   /SYSV and more', 'file-shared'],
    ['rw-s 00000000 fe:00 7   /tmp/x (deleted)', 'file-shared'],
    ['rw-p 00000000 fe:00 7   /anon_hugepages', 'file-private'],
    ['rw-p 00000000 fe:00 7   /[heap]', 'file-private'],
    ['rw-p 00000000 00:0e 7   /anon_hugepage (deleted)', 'anon-private'],
    ['rw-s 00000000 00:0e 7   /anon_hugepage (deleted)', 'anon-shared'],
  ])('%s is %s', (rest, kind) => {
    expect(parseMapsLine(`1000-2000 ${rest}`).kind).toBe(kind);
  });
});
