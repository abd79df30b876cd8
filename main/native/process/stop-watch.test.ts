import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { PTRACE, SYS } from '../syscalls/constants.ts';
import { buildScripts, type BuiltScripts } from '../testing/built-scripts.ts';
import { marks } from '../testing/marks.ts';
import { Target } from '../testing/target.ts';
import { StopWatch } from './stop-watch.ts';

let scripts: BuiltScripts;
const running: Target[] = [];
beforeAll(async () => {
  scripts = await buildScripts('native/testing/test-target.ts');
});
afterEach(() => Promise.all(running.splice(0).map((target) => target.kill())));

async function start(): Promise<Target> {
  const target = await Target.start(scripts.path('test-target'));
  running.push(target);
  return target;
}

async function until(pid: number, states: string): Promise<void> {
  while (!states.includes(marks(pid).state)) await sleep(5);
}

it('a program that a signal stopped, at the second poll, until it continues', async () => {
  const { pid } = await start();
  const watch = new StopWatch(pid);
  expect([watch.poll(0), watch.stopped]).toEqual([false, null]);
  process.kill(pid, 'SIGSTOP');
  await until(pid, 'T');
  expect([watch.poll(1000), watch.stopped]).toEqual([false, null]);
  expect([watch.poll(2000), watch.stopped]).toEqual([true, 'stopped by a signal']);
  // It is read twice a second.
  process.kill(pid, 'SIGCONT');
  await until(pid, 'RS');
  expect([watch.poll(2100), watch.stopped]).toEqual([false, 'stopped by a signal']);
  expect([watch.poll(3000), watch.stopped]).toEqual([true, null]);
});

it('a program that another one traces, with its name and pid', async () => {
  const [tracee, tracer] = [await start(), await start()];
  const watch = new StopWatch(tracee.pid);
  expect(await tracer.call(SYS.ptrace, PTRACE.SEIZE, tracee.pid, 0, 0)).toBe(0);
  expect(watch.poll(0)).toBe(false);
  await tracer.call(SYS.ptrace, PTRACE.INTERRUPT, tracee.pid, 0, 0);
  await until(tracee.pid, 't');
  watch.poll(1000);
  expect([watch.poll(2000), watch.stopped]).toEqual([true, `stopped by node (${tracer.pid})`]);
});
