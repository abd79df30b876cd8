import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ListedProcess } from '#shared/contract/process-list.ts';
import { arrangeProcesses, NEWEST_FIRST } from './process-order.ts';
import { keepUnchanged } from './use-processes.ts';

const processOf = (pid: number, more: Partial<ListedProcess> = {}): ListedProcess => ({
  pid,
  uid: 1000,
  user: 'ada',
  name: `p${pid}`,
  commandLine: `p${pid} --run`,
  residentBytes: pid * 4096,
  backend: 'write-protect',
  limitation: null,
  obstacle: null,
  ...more,
});
const obstacle = { kind: 'not-permitted', message: 'It is not yours.', remedy: '' } as const;
const pids = (list: readonly ListedProcess[]): number[] => list.map(({ pid }) => pid);

describe('the order of processes', () => {
  it('has the newest first, and those that cannot be attached to last', () => {
    const list = [processOf(1, { obstacle }), processOf(2), processOf(3, { obstacle }), processOf(4)];
    expect(pids(arrangeProcesses(list, NEWEST_FIRST))).toEqual([4, 2, 3, 1]);
  });

  it('sorts by each column, both ways', () => {
    const list = [
      processOf(1, { name: 'b10', user: 'eve', residentBytes: 5 }),
      processOf(2, { name: 'b9', user: 'ada', residentBytes: 50 }),
      processOf(3, { name: 'a', user: 'root', residentBytes: 1 }),
    ];
    const order = (column: 'name' | 'user' | 'memory', descending = false): number[] =>
      pids(arrangeProcesses(list, { column, descending }));
    expect(order('name')).toEqual([3, 2, 1]);
    expect(order('user')).toEqual([2, 1, 3]);
    expect(order('memory', true)).toEqual([2, 1, 3]);
  });

  it('loses and invents nothing', () => {
    const any = fc.uniqueArray(fc.integer({ min: 1, max: 4_194_304 }), { maxLength: 50 });
    fc.assert(
      fc.property(any, fc.boolean(), (numbers, descending) => {
        const list = numbers.map((pid) => processOf(pid, pid % 3 === 0 ? { obstacle } : {}));
        const ordered = pids(arrangeProcesses(list, { column: 'memory', descending }));
        expect([...ordered].sort((a, b) => a - b)).toEqual([...numbers].sort((a, b) => a - b));
      }),
      { seed: 11 },
    );
  });
});

describe('a list that is looked at again', () => {
  it('keeps the objects of what has not changed, and only those', () => {
    const old = { processes: [processOf(1), processOf(2), processOf(3)], total: 3 };
    const next = {
      processes: [processOf(1), processOf(2, { residentBytes: 1 }), processOf(3, { obstacle }), processOf(4)],
      total: 4,
    };
    const kept = keepUnchanged(old, next);
    expect(kept).toEqual(next);
    expect(kept.processes.map((process, i) => process === old.processes[i])).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
