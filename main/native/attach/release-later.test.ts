/** A thread that stops only after we stopped waiting for it, in a program that this process started. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { marks } from '../testing/marks.ts';
import { isReleasing, releaseWhenStopped } from './release-later.ts';
import { Tracee } from './tracee.ts';

async function stoppedLate(meanwhile: () => Promise<unknown>) {
  const child = spawn('sleep', ['100']);
  const pid = Number(child.pid);
  const events: string[] = [];
  child.on('exit', (code, signal) => events.push(`exit ${code} ${signal}`));
  await expect.poll(() => marks(pid).state).toBe('S');
  const tracee = Tracee.seize(pid);
  tracee.interrupt();
  await expect.poll(() => marks(pid).state).toBe('t');
  await meanwhile();
  releaseWhenStopped(tracee, pid, null);
  await expect.poll(() => isReleasing(pid)).toBe(false);
  await expect.poll(() => marks(pid)).toMatchObject({ state: 'S', tracer: 0 });
  return { child, pid, events };
}

describe('a thread that stops late, of a program that this process started', () => {
  it('is resumed, and Node does not believe that the program has ended', async () => {
    const { child, events } = await stoppedLate(() => sleep(100));
    expect(events).toEqual([]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(events).toEqual(['exit null SIGKILL']);
  });

  it('is resumed although Node took its stop, when another child ended', async () => {
    const { pid } = await stoppedLate(() => once(spawn('true'), 'exit'));
    process.kill(pid, 'SIGKILL');
  });
});
