import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { processorSeconds } from '../../syscalls/calls.ts';
import { FaultBudget, usageOf } from './fault-budget.ts';

describe.runIf(process.platform === 'linux')('what a process uses', () => {
  it('is measured more finely than by ticks of 10 ms', () => {
    const seconds: number[] = [];
    for (let i = 0; i < 50; i++) {
      seconds.push(Number(usageOf(process.pid)()?.seconds));
      for (let k = 0; k < 1e4; k++) Math.sqrt(k);
    }
    expect(new Set(seconds).size).toBe(50);
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
    const { user, system } = process.cpuUsage();
    expect(Number(seconds.at(-1))).toBeLessThanOrEqual((user + system) / 1e6 + 0.02);
  });

  it('is that of the process named, and unknown after its end', async () => {
    const child = spawn('sleep', ['60']);
    const pid = Number(child.pid);
    await sleep(50);
    const first = Number(processorSeconds(pid));
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(Number(processorSeconds(process.pid)));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    expect(processorSeconds(pid)).toBeNull();
    expect(usageOf(pid)()).toBeNull();
  });
});

it('a program that is nearly idle spends a small part of its time in faults, not all of it', () => {
  let now = 0;
  const budget = new FaultBudget(() => ({ faults: (now / 1000) * 40, seconds: (now / 1000) * 0.003 }));
  for (; now <= 5000; now += 50) budget.note(2, 50, now);
  expect(budget.programShare).toBeGreaterThan(0.01);
  expect(budget.programShare).toBeLessThan(0.03);
});

it('a program that becomes busy is known to be so within 200 ms', () => {
  const budget = new FaultBudget(() => ({ faults: Math.max(0, now - 5000) * 200, seconds: now / 1000 }));
  let now = 0;
  for (; now <= 5000; now += 50) budget.note(0, 50, now);
  for (; now <= 5200; now += 50) budget.note(10_000, 50, now);
  expect(budget.faultsPerSecond).toBeGreaterThan(budget.allowedPerSecond);
});

it('a program that works in bursts is never reported to spend all its time in faults', () => {
  // 100 ms of work with 50 µs of processor time for each fault, then 900 ms of rest.
  let faults = 0;
  const budget = new FaultBudget(() => ({ faults, seconds: faults * 50e-6 }));
  const shares = new Set<number | null>();
  for (let now = 0; now <= 10_000; now += 50) {
    const found = now % 1000 < 100 ? 1000 : 0;
    faults += found;
    budget.note(found, 50, now);
    shares.add(budget.programShare);
  }
  const measured = [...shares].filter((share) => share !== null && share > 0);
  expect(measured.length).toBeGreaterThan(0);
  for (const share of measured) expect(share).toBeCloseTo(1.5 / 50, 3);
});
