/** Starts the waits of blocking-calls.c and collects their results, for tests on this and other kernels. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { InspectorError } from '#shared/contract/errors.ts';
import { ProcessFreezer } from '../../process-freezer.ts';
import { type TakenDescriptor, takeDescriptor } from '../take-descriptor.ts';

const MAX_TRIES = 100;

export interface Waiting {
  readonly pid: number;
  readonly call: string;
  readonly line: () => string | null;
}

/** The names of all calls that `program` knows. */
export function callNames(program: string): string[] {
  return execFileSync(program, { encoding: 'utf8' }).trim().split('\n');
}

/** Starts one process a call, each of which waits in it; they are added to `running`. */
export async function startAll(
  program: string,
  calls: readonly string[],
  seconds: number,
  running: ChildProcess[],
): Promise<Waiting[]> {
  const started = calls.map((call) => {
    const child = spawn(program, [call, String(seconds)], { stdio: ['ignore', 'pipe', 'inherit'] });
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

/** Calls `hit` on each in turn for as long as it waits; returns what each printed, by call. */
export async function hitUntilDone(waiting: Waiting[], hit: (pid: number) => Promise<unknown>) {
  for (;;) {
    const left = waiting.filter(({ line }) => line() === null);
    if (left.length === 0) break;
    for (const one of left) {
      if (one.line() !== null) continue;
      try {
        await hit(one.pid);
      } catch (cause) {
        // It has just ended.
        await sleep(20);
        if (one.line() === null) throw cause;
      }
    }
    await sleep(20);
  }
  return waiting.map(({ line }) => line());
}

/** Takes a descriptor out of the process, as attaching does, and closes it. */
export function attachOnce(pid: number): Pick<TakenDescriptor, 'killSafe' | 'stoppedNs'> {
  const { uffd, pidfd, ...rest } = takeDescriptor(pid);
  closeSync(uffd);
  closeSync(pidfd);
  return rest;
}

/** Like `attachOnce`, retried while no thread can be stopped. */
export async function attach(pid: number): Promise<ReturnType<typeof attachOnce>> {
  for (let tries = 1; ; tries++) {
    try {
      return attachOnce(pid);
    } catch (cause) {
      if (!(cause instanceof InspectorError) || cause.kind !== 'busy' || tries === MAX_TRIES) throw cause;
    }
    await sleep(20);
  }
}

/** Stops every thread of the process briefly. */
export function freeze(pid: number): Promise<void> {
  new ProcessFreezer(pid).during(() => undefined);
  return Promise.resolve();
}
