import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sleepMicroseconds } from '../syscalls/calls.ts';
import { buildScripts, type BuiltScripts } from '../testing/built-scripts.ts';
import { marks } from '../testing/marks.ts';
import { Target } from '../testing/target.ts';
import { Freeze } from './freeze.ts';
import { releaseWhenStopped } from './release-later.ts';
import { Tracee } from './tracee.ts';

let scripts: BuiltScripts;
let target: Target;

beforeAll(async () => {
  scripts = await buildScripts('native/testing/test-target.ts');
});
afterEach(() => target.kill());

describe('stopping a program', () => {
  it('waits for a thread that stops late for a stop before: it is neither traced by others nor protected', async () => {
    target = await Target.start(scripts.path('test-target'));
    const tracee = Tracee.seize(target.pid);
    tracee.interrupt();
    releaseWhenStopped(tracee, target.pid, null);
    sleepMicroseconds(100_000);
    const freeze = Freeze.stop(target.pid);
    expect(freeze.threads).toBeGreaterThan(0);
    freeze.release();
    expect(marks(target.pid)).toMatchObject({ tracer: 0 });
    expect(await target.write()).toBe(0);
  });

  it('fails because a thread does not stop while it is held by another stop of ours', async () => {
    target = await Target.start(scripts.path('test-target'));
    const held = Freeze.stop(target.pid);
    expect(() => Freeze.stop(target.pid)).toThrow(/did not stop/);
    held.release();
    Freeze.stop(target.pid).release();
    expect(await target.write()).toBe(0);
  });
});
