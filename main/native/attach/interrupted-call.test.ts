/** No call returns early, or EINTR without a signal, because its thread was stopped: see blocking-calls.c. */
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ProcessFreezer } from '../process-freezer.ts';
import { CompiledProgram } from '../testing/compiled.ts';
import { attach, callNames, freeze, hitUntilDone, startAll as startCalls } from './testing/blocking-calls.ts';

let program: CompiledProgram;
const running: ChildProcess[] = [];

beforeAll(() => {
  program = new CompiledProgram('attach/blocking-calls.c', '-lrt');
});
afterAll(() => program.remove());
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

const startAll = (seconds: number) => startCalls(program.path, callNames(program.path), seconds, running);

describe.each([
  ['attached to', attach, 25],
  ['frozen', freeze, 100],
])('each blocking call, %s repeatedly', (_name, hit, hits) => {
  it('waits on', async () => {
    const waiting = await startAll(3600);
    for (let i = 0; i < hits; i++) {
      for (const { pid } of waiting) await hit(pid);
      await sleep(0);
    }
    await sleep(200);
    expect(waiting.filter(({ line }) => line() !== null).map(({ line }) => line())).toEqual([]);
  }, 120_000);

  it('ends although its timeout is longer than the time between two stops', async () => {
    const waiting = await startAll(0.4);
    const lines = await hitUntilDone(waiting, hit);
    expect(lines).toEqual(waiting.map(({ call }) => `${call} ok`));
  }, 60_000);
});

describe('many threads that wait in epoll_wait', () => {
  it.each([
    ['attached to', attach],
    ['frozen', freeze],
  ])('%s: none returns', async (_name, hit) => {
    const threads = new CompiledProgram('attach/waiting-threads.c');
    const child = spawn(threads.path, ['50'], { stdio: ['ignore', 'pipe', 'inherit'] });
    running.push(child);
    let output = '';
    child.stdout.setEncoding('latin1').on('data', (text: string) => (output += text));
    while (!output.includes('READY')) await sleep(5);
    for (let i = 0; i < 20; i++) {
      await hit(Number(child.pid));
      await sleep(20);
    }
    child.kill('SIGTERM');
    while (!output.includes('woken')) await sleep(20);
    expect(output).toBe('READY\n0 interrupted, 0 woken\n');
    threads.remove();
  });
});

describe('stopped for a while', () => {
  it('each blocking call ends as it would have alone', async () => {
    const waiting = await startAll(0.5);
    const held = waiting.map(({ pid }) => new ProcessFreezer(pid));
    for (const freezer of held) freezer.hold();
    await sleep(300);
    for (const freezer of held) freezer.release();
    while (waiting.some(({ line }) => line() === null)) await sleep(5);
    expect(waiting.map(({ line }) => line())).toEqual(waiting.map(({ call }) => `${call} ok`));
  }, 60_000);
});
