/** Blocking calls continue after stops, and end in time: their mark in orig_rax needs Linux 5.14 (interrupted-call.ts). */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { attach, freeze, hitUntilDone, startAll } from '../attach/testing/blocking-calls.ts';

/** Calls that return EINTR after a stop, and some that the kernel restarts. */
const CALLS = [
  ...['epoll_wait', 'epoll_pwait', 'epoll_pwait2', 'epoll_endless', 'epoll_signal', 'recv', 'read_socket'],
  ...[
    'accept',
    'send',
    'sigtimedwait',
    'sigwaitinfo',
    'semtimedop',
    'io_uring',
    'io_getevents',
    'poll',
    'futex',
  ],
];
const STOPS = 3;

describe('blocking calls', () => {
  const running: ChildProcess[] = [];
  afterEach(() => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
  });
  const start = (seconds: number) =>
    startAll(join(import.meta.dirname, 'blocking-calls'), CALLS, seconds, running);

  for (const [name, hit] of [
    ['attached to', attach],
    ['frozen', freeze],
  ] as const) {
    it(`${name} ${STOPS} times wait on`, async () => {
      const waiting = await start(3600);
      for (let i = 0; i < STOPS; i++) for (const { pid } of waiting) await hit(pid);
      await sleep(200);
      expect(waiting.map(({ line }) => line()).filter((line) => line !== null)).toEqual([]);
    });

    it(`${name} repeatedly end when their timeout is over`, async () => {
      const waiting = await start(1);
      const lines = await hitUntilDone(waiting, hit);
      expect(lines).toEqual(waiting.map(({ call }) => `${call} ok`));
    });
  }
});
