import { describe, expect, it } from 'vitest';
import { dumpMachine } from '../testing/dump-machine.ts';
import { EINVAL } from '../mm/errno.ts';
import { Machine } from '../machine.ts';
import { softDirty } from './soft-dirty.ts';
import { VM_READ, VM_WRITE } from '../mm/vma-flags.ts';

const TEBI = 2 ** 28;

describe('lengths beyond the int', () => {
  it('a hole of any size costs nothing', () => {
    const { init } = new Machine();
    init.mmap({ page: 16, pages: 64 * TEBI, rights: VM_READ | VM_WRITE, kind: 'anon-private' });
    const fresh = softDirty(init.mm, {
      op: 'GET',
      page: 0,
      pages: init.mm.memory.taskPages,
      vecLen: 2 ** 40,
    });
    expect([fresh.ret, fresh.runs.count, fresh.runs.start(0)]).toEqual([64 * TEBI, 1, 16]);
    softDirty(init.mm, { op: 'CLEAR', page: 16, pages: 64 * TEBI, vecLen: 0 });
    init.write(5 * TEBI);
    init.write(33 * TEBI);
    const { runs } = softDirty(init.mm, { op: 'GET_AND_CLEAR', page: 16, pages: 64 * TEBI, vecLen: 2 ** 40 });
    expect([runs.start(0), runs.start(1), runs.pages]).toEqual([5 * TEBI, 33 * TEBI, 2]);
  });

  it('five levels: the whole of 56 bits', () => {
    const { init } = new Machine({ la57: true });
    const page = 2 ** 43;
    init.mmap({ page, pages: 2 ** 30, rights: VM_READ | VM_WRITE, kind: 'anon-private' });
    init.clearRefs();
    init.write(page + 12345);
    const result = softDirty(init.mm, { op: 'GET', page: 0, pages: init.mm.memory.taskPages, vecLen: 10 });
    expect([result.ret, result.runs.start(0)]).toEqual([1, page + 12345]);
  });

  it('fills a short vec again and again and resumes after the last page', () => {
    const { init } = new Machine();
    init.mmap({ page: 1024, pages: 3000, rights: VM_READ | VM_WRITE, kind: 'anon-private' });
    init.clearRefs();
    const written = Array.from({ length: 700 }, (_, i) => 1024 + ((i * 37) % 3000)).sort((a, b) => a - b);
    for (const page of written) init.write(page);
    const seen: number[] = [];
    for (let page = 1024; ;) {
      const { ret, runs } = softDirty(init.mm, { op: 'GET_AND_CLEAR', page, pages: 4024 - page, vecLen: 33 });
      runs.forEach((start, end) => {
        for (let at = start; at < end; at++) seen.push(at);
      });
      if (ret < 33) break;
      page = seen[seen.length - 1] + 1;
    }
    expect(seen).toEqual(written);
  });
});

it('fails for an empty range and changes nothing', () => {
  const machine = new Machine();
  const { init } = machine;
  init.mmap({ page: 1024, pages: 10, rights: VM_READ | VM_WRITE, kind: 'anon-private' });
  const before = dumpMachine(machine);
  expect(softDirty(init.mm, { op: 'GET_AND_CLEAR', page: 1024, pages: 0, vecLen: 1 }).ret).toBe(EINVAL);
  expect(dumpMachine(machine)).toBe(before);
});
