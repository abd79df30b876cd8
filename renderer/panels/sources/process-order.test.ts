import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProcessLoad } from './process-load.ts';
import { arrangeProcesses, BUSIEST_FIRST, keepOrder, type SeenProcess } from './process-order.ts';
import { keepUnchanged } from './use-processes.ts';

const processOf = (pid: number, more: Partial<SeenProcess> = {}): SeenProcess => ({
  pid,
  uid: 1000,
  user: 'ada',
  name: `p${pid}`,
  commandLine: `p${pid} --run`,
  residentBytes: pid * 4096,
  cpuMs: 0,
  ageMs: 0,
  cpuPercent: 0,
  backend: 'write-protect',
  limitation: null,
  obstacle: null,
  ...more,
});
const obstacle = { kind: 'not-permitted', message: 'It is not yours.', remedy: '' } as const;
const pids = (list: readonly SeenProcess[]): number[] => list.map(({ pid }) => pid);

describe('the order of processes', () => {
  it('has the busiest first, of idle ones the newest, and those that cannot be attached to last', () => {
    const list = [
      processOf(1, { obstacle, cpuPercent: 90 }),
      processOf(2),
      processOf(3, { cpuPercent: 12.5 }),
      processOf(4, { obstacle }),
      processOf(5),
      processOf(6, { cpuPercent: 101 }),
    ];
    expect(pids(arrangeProcesses(list, BUSIEST_FIRST))).toEqual([6, 3, 5, 2, 1, 4]);
  });

  it('stays while rows are pointed at: what is new comes last', () => {
    const list = [processOf(1), processOf(2), processOf(3), processOf(9, { cpuPercent: 50 })];
    expect(pids(keepOrder(list, [3, 7, 1, 2]))).toEqual([3, 1, 2, 9]);
  });

  it('sorts by each column, in both directions', () => {
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

describe('the load of processes', () => {
  const update = (load: ProcessLoad, cpuMs: number, ageMs: number): number | undefined =>
    load.update([processOf(7, { cpuMs, ageMs })]).get(7);

  it('is the mean since the start at first, then that between two answers', () => {
    const load = new ProcessLoad();
    expect(update(load, 500, 10_000)).toBe(5);
    expect(update(load, 2500, 12_000)).toBe(100);
    // Too soon after the last one for a figure.
    expect(update(load, 2510, 12_100)).toBe(100);
    expect(update(load, 2500 + 200, 14_000)).toBe(10);
  });

  it('starts over if another process has the number', () => {
    const load = new ProcessLoad();
    update(load, 5000, 10_000);
    expect(update(load, 100, 1000)).toBe(10);
  });

  it('is no multiple of the processors for a process that has just been started', () => {
    const load = new ProcessLoad();
    expect(update(load, 330, 10)).toBeLessThan(100);
    expect(update(load, 330, 0)).toBeLessThan(100);
    expect(update(load, 1330, 1000)).toBeCloseTo(100, -1);
  });
});

describe('a list that is read again', () => {
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
