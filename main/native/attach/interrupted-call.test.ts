/** No call returns early, or EINTR without a signal, because its thread was stopped: see blocking-calls.c. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Standstill } from '../standstill.ts';
import { CompiledProgram } from '../testing/compiled.ts';
import { takeDescriptor } from './take-descriptor.ts';

let program: CompiledProgram;
const running: ChildProcess[] = [];

beforeAll(() => {
  program = new CompiledProgram('attach/blocking-calls.c', '-lrt');
});
afterAll(() => program.remove());
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

interface Waiting {
  readonly pid: number;
  readonly call: string;
  readonly line: () => string | null;
}

/** Starts one process a call, each of which waits in it. */
async function startAll(seconds: number): Promise<Waiting[]> {
  const calls = execFileSync(program.path, { encoding: 'utf8' }).trim().split('\n');
  const started = calls.map((call) => {
    const child = spawn(program.path, [call, String(seconds)], { stdio: ['ignore', 'pipe', 'inherit'] });
    running.push(child);
    let output = '';
    child.stdout.setEncoding('latin1').on('data', (text: string) => (output += text));
    const lines = () => output.split('\n').slice(0, -1);
    return { pid: Number(child.pid), call, lines, line: () => lines()[1] ?? null };
  });
  while (started.some(({ lines }) => lines().length === 0)) await sleep(5);
  await sleep(50);
  return started;
}

/** `hit`s each in turn for as long as it waits; returns what each printed, by its call. */
async function hitUntilDone(waiting: Waiting[], hit: (pid: number) => void) {
  for (;;) {
    const left = waiting.filter(({ line }) => line() === null);
    if (left.length === 0) break;
    for (const one of left) {
      if (one.line() !== null) continue;
      try {
        hit(one.pid);
      } catch (cause) {
        // It ends just now.
        await sleep(20);
        if (one.line() === null) throw cause;
      }
    }
    await sleep(20);
  }
  return waiting.map(({ line }) => line());
}

const attach = (pid: number) => {
  const { uffd, pidfd } = takeDescriptor(pid);
  closeSync(uffd);
  closeSync(pidfd);
};
const freeze = (pid: number) => {
  new Standstill(pid).during(() => undefined);
};

describe.each([
  ['attached to', attach, 25],
  ['frozen', freeze, 100],
])('each blocking call, %s again and again', (_name, hit, hits) => {
  it('waits on', async () => {
    const waiting = await startAll(3600);
    for (let i = 0; i < hits; i++) {
      for (const { pid } of waiting) hit(pid);
      await sleep(0);
    }
    await sleep(200);
    expect(waiting.filter(({ line }) => line() !== null).map(({ line }) => line())).toEqual([]);
  }, 120_000);

  it('ends although its timeout is longer than what is between two stops', async () => {
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
      hit(Number(child.pid));
      await sleep(20);
    }
    child.kill('SIGTERM');
    while (!output.includes('woken')) await sleep(20);
    expect(output).toBe('READY\n0 interrupted, 0 woken\n');
    threads.remove();
  });
});

describe('held for a while', () => {
  it('each blocking call ends as it would have alone', async () => {
    const waiting = await startAll(0.5);
    const held = waiting.map(({ pid }) => new Standstill(pid));
    for (const standstill of held) standstill.hold();
    await sleep(300);
    for (const standstill of held) standstill.release();
    while (waiting.some(({ line }) => line() === null)) await sleep(5);
    expect(waiting.map(({ line }) => line())).toEqual(waiting.map(({ call }) => `${call} ok`));
  }, 60_000);
});
