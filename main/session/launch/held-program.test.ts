import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { launcherPath } from '../../native/backends/preload/library.ts';
import { HeldProgram } from './held-program.ts';
import type { Held } from './running-program.ts';

const path = launcherPath();
const pids: number[] = [];

afterEach(() => {
  for (const pid of pids.splice(0)) if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
});

async function start(flags: string, command: string, ...args: string[]) {
  const seen = { text: '', held: [] as Held[], end: '' };
  const program = await HeldProgram.start(
    { command, args, cwd: null, env: {} },
    { path: String(path), flags },
    {
      output: (stream, text) => (seen.text += `${stream}:${text}`),
      held: (what) => seen.held.push(what),
      end: ({ text }) => (seen.end = text),
    },
  );
  pids.push(program.pid);
  return { program, seen, status: () => readFileSync(`/proc/${program.pid}/status`, 'latin1') };
}

describe.runIf(path !== null)('HeldProgram', () => {
  it('holds the program at exec, at the next one and at its end', async () => {
    const { program, seen } = await start('t', 'sh', '-c', 'echo a; exec /bin/sh -c "echo b >&2; exit 3"');
    expect(program.armed).toBe(true);
    expect(readFileSync(`/proc/${program.pid}/stat`, 'latin1')).toMatch(/\) t /);
    expect(seen.text).toBe('');
    program.go();
    for (const held of ['replacing', 'exec', 'exiting']) {
      await vi.waitFor(() => expect(seen.held.at(-1)?.kind).toBe(held), 5000);
      program.go();
    }
    await vi.waitFor(() => expect(seen.end).toBe('it ended with exit code 3'), 5000);
    expect(seen.text).toBe('stdout:a\nstderr:b\n');
  });

  it('lets the program go when we end, and ends one of our own', async () => {
    const free = await start('t', 'sleep', '1000');
    const own = await start('to', 'sleep', '1000');
    // What the end of our process does, however it comes about.
    free.program.release();
    own.program.release();
    await vi.waitFor(() => expect(existsSync(`/proc/${own.program.pid}`)).toBe(false), 5000);
    await vi.waitFor(() => expect(free.status()).toMatch(/TracerPid:\t0/), 5000);
    // It was held before its first instruction, and goes to sleep once it has started.
    await vi.waitFor(() => expect(free.status()).toMatch(/State:\tS/), 5000);
  });

  it('is traced no longer when others want to', async () => {
    const { program, status } = await start('t', 'sleep', '1000');
    program.go();
    await program.untraced();
    expect(status()).toMatch(/TracerPid:\t0/);
    program.kill();
    await vi.waitFor(() => expect(existsSync(`/proc/${program.pid}`)).toBe(false), 5000);
    program.release();
  });
});
