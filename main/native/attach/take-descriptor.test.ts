import { spawn } from 'node:child_process';
import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tryCall } from '../syscalls/call.ts';
import { sleepMicroseconds } from '../syscalls/calls.ts';
import { SYS } from '../syscalls/constants.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { buildScripts, type BuiltScripts } from '../testing/built-scripts.ts';
import { marks } from '../testing/marks.ts';
import { Script, Target } from '../testing/target.ts';
import { Freeze } from './freeze.ts';
import { releaseWhenStopped } from './release-later.ts';
import { ATTACH_STEPS, takeDescriptor } from './take-descriptor.ts';
import { attach, attachOnce } from './testing/blocking-calls.ts';
import { Tracee } from './tracee.ts';

const NOBODY = { uid: 65534, gid: 65534 };
const PRLIMIT64 = 302;
const RLIMIT_NOFILE = 7;

let scripts: BuiltScripts;
const running: { kill: () => unknown }[] = [];

beforeAll(async () => {
  scripts = await buildScripts('native/testing/test-target.ts', 'native/testing/attach-once.ts');
});
afterEach(async () => {
  for (const script of running.splice(0)) await script.kill();
});

async function startTarget(options: { uid?: number; gid?: number } = {}): Promise<Target> {
  const target = await Target.start(scripts.path('test-target'), options);
  running.push(target);
  return target;
}

/** A program of the system, once it is at work. */
async function start(command: string, args: string[]): Promise<number> {
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const pid = Number(child.pid);
  // With its children.
  running.push({ kill: () => process.kill(-pid, 'SIGKILL') });
  const name = () => readFileSync(`/proc/${pid}/comm`, 'latin1').trim();
  while (!command.startsWith(name()) || !'SR'.includes(marks(pid).state)) await sleep(5);
  await sleep(50);
  return pid;
}

/** The result of an attach by user `nobody`. */
async function attachAsNobody(pid: number): Promise<{ kind: string; message: string }> {
  const script = new Script(scripts.path('attach-once'), [String(pid)], NOBODY);
  running.push(script);
  return JSON.parse(await script.line()) as { kind: string; message: string };
}

function kindOf(pid: number): string {
  try {
    attachOnce(pid);
    return 'attached';
  } catch (cause) {
    return cause instanceof Error && 'kind' in cause ? String(cause.kind) : String(cause);
  }
}

describe('refused before the program is touched', () => {
  it('a pid that does not exist, or is not a pid', () => {
    expect(kindOf(4_190_000)).toBe('no-such-process');
    expect([0, -1, 1.5, Number.NaN].map(kindOf)).toEqual(Array(4).fill('bad-request'));
  });

  it('ourselves, and a thread', async () => {
    expect(kindOf(process.pid)).toBe('bad-request');
    const target = await startTarget();
    const thread = readdirSync(`/proc/${target.pid}/task`)
      .map(Number)
      .find((tid) => tid !== target.pid);
    expect(() => attachOnce(Number(thread))).toThrow(`thread of process ${target.pid}`);
  });

  it('a zombie', async () => {
    // The shell does not wait for its child while it sleeps.
    const child = spawn('sh', ['-c', 'true & exec sleep 100']);
    running.push({ kill: () => child.kill('SIGKILL') });
    let zombie = 0;
    while (zombie === 0) {
      await sleep(10);
      const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1').trim();
      if (children !== '' && marks(Number(children)).state === 'Z') zombie = Number(children);
    }
    expect(kindOf(zombie)).toBe('program-ended');
  });

  it('a program that is traced already', async () => {
    const target = await startTarget();
    const tracee = Tracee.seize(target.pid);
    expect(() => attachOnce(target.pid)).toThrow(`Already being debugged by process ${process.pid}.`);
    tracee.interrupt();
    tracee.waitStop(1000);
    tracee.detach();
    await attach(target.pid);
  });

  it('a program whose thread stops late for an attach that was given up: it is not “being debugged” by us', async () => {
    const target = await startTarget();
    const tracee = Tracee.seize(target.pid);
    tracee.interrupt();
    releaseWhenStopped(tracee, target.pid, null);
    // It stops while no timer runs: what finds that is the next attach.
    sleepMicroseconds(100_000);
    await attach(target.pid);
    expect(marks(target.pid)).toMatchObject({ tracer: 0 });
  });

  it('a program with a seccomp filter', async () => {
    const target = await startTarget();
    expect(await target.send({ op: 'seccomp' })).toBe(0);
    expect(kindOf(target.pid)).toBe('sandboxed');
    expect(await target.write()).toBe(0);
  });

  it("another user's program, and one that is not dumpable", async () => {
    const target = await startTarget();
    expect(await attachAsNobody(target.pid)).toMatchObject({
      kind: 'not-permitted',
      message: expect.stringContaining('belongs to another user') as string,
    });
    const own = await startTarget(NOBODY);
    const PR_SET_DUMPABLE = 4;
    await own.call(SYS.prctl, PR_SET_DUMPABLE, 0);
    expect(await attachAsNobody(own.pid)).toMatchObject({
      kind: 'not-permitted',
      message: expect.stringContaining('not dumpable') as string,
    });
  });
});

describe('a program without a free descriptor', () => {
  it('reports that, and the program continues', async () => {
    const target = await startTarget();
    const limit = new NativeBuffer(32);
    limit.u64.set([3n, 4096n]);
    expect(tryCall(PRLIMIT64, target.pid, RLIMIT_NOFILE, limit.address, limit.address + 16n)).toBe(0);
    expect(() => attachOnce(target.pid)).toThrow('The program has no free file descriptor.');
    limit.u64[0] = 4096n;
    tryCall(PRLIMIT64, target.pid, RLIMIT_NOFILE, limit.address, 0);
    await attach(target.pid);
    expect(await target.write()).toBe(0);
  });
});

/** The descriptors of a program once its start, which opens files and closes them again, is over. */
async function settledDescriptors(pid: number): Promise<string[]> {
  const read = () => readdirSync(`/proc/${pid}/fd`);
  let found = read();
  for (let same = 0; same < 10;) {
    await sleep(10);
    const now = read();
    same = String(now) === String(found) ? same + 1 : 0;
    found = now;
  }
  return found;
}

describe('attached to', () => {
  it('an own program without privileges', async () => {
    const target = await startTarget(NOBODY);
    expect(await attachAsNobody(target.pid)).toEqual({ kind: 'attached', message: '' });
    expect(await target.write()).toBe(0);
  });

  it('programs that sleep, wait for input, compute, wait for a child, or are stopped', async () => {
    const [none, SIGCHLD] = ['0000000000000000', '0000000000010000'];
    const programs: [string, string[], string][] = [
      ['sleep', ['100'], none],
      ['cat', [], none],
      ['sh', ['-c', 'while :; do :; done'], none],
      ['bash', ['-c', 'sleep 100 & wait'], SIGCHLD],
    ];
    for (const [command, args, blocked] of programs) {
      const pid = await start(command, args);
      // A shell blocks signals while it starts a child.
      await expect.poll(() => marks(pid).blocked).toBe(blocked);
      const before = { ...marks(pid), state: '' };
      const descriptors = await settledDescriptors(pid);
      for (let i = 0; i < 5; i++) expect(await attach(pid)).toMatchObject({ killSafe: true });
      expect({ ...marks(pid), state: '' }).toEqual(before);
      expect(readdirSync(`/proc/${pid}/fd`)).toEqual(descriptors);
      process.kill(pid, 'SIGSTOP');
      while (marks(pid).state !== 'T') await sleep(1);
      await attach(pid);
      await sleep(20);
      expect(marks(pid)).toMatchObject({ state: 'T', tracer: 0 });
      process.kill(pid, 'SIGCONT');
      while (marks(pid).state === 'T') await sleep(1);
    }
  });

  it('a sleeper, which sleeps as long as it should have', async () => {
    const begin = performance.now();
    // Long enough for ten attempts on a busy machine.
    const child = spawn('sleep', ['3']);
    const ended = new Promise((resolve) => child.on('exit', resolve));
    await sleep(200);
    for (let i = 0; i < 10; i++) await attach(Number(child.pid));
    expect(await ended).toBe(0);
    const lasted = performance.now() - begin;
    expect(lasted).toBeGreaterThan(2990);
  });

  it('300 times under frequent signals', async () => {
    const target = await startTarget();
    await target.send({ op: 'listen' });
    // Not while a signal is handled, when others are blocked.
    const { blocked } = marks(target.pid);
    const storm = spawn(
      process.execPath,
      [
        '-e',
        `setInterval(() => { for (let i = 0; i < 20; i++) process.kill(${target.pid}, 'SIGWINCH') }, 1)`,
      ],
      { stdio: 'ignore' },
    );
    running.push({ kill: () => storm.kill('SIGKILL') });
    await sleep(300);
    for (let i = 0; i < 300; i++) await attach(target.pid);
    await expect.poll(() => marks(target.pid)).toMatchObject({ tracer: 0, blocked });
    expect(await target.write()).toBe(0);
  });
});

it.each(ATTACH_STEPS)('a SIGSTOP sent when an attach is at “%s” stops the program', async (at) => {
  const pid = await start('sh', ['-c', 'while :; do :; done']);
  const taken = takeDescriptor(pid, (step) => step === at && process.kill(pid, 'SIGSTOP'));
  closeSync(taken.uffd);
  closeSync(taken.pidfd);
  while (marks(pid).state !== 'T') await sleep(1);
  process.kill(pid, 'SIGCONT');
  while (marks(pid).state !== 'R') await sleep(1);
});

describe('an endless epoll_wait', () => {
  it('is not interrupted as seen by the program', async () => {
    const target = await startTarget();
    // epoll_create1, then a thread-free wait: the answer comes only when something is added to the set.
    const EPOLL_CREATE1 = 291;
    const epoll = await target.call(EPOLL_CREATE1, 0);
    const answer = target.call(SYS.epoll_wait, epoll, await target.map(1).then((page) => page * 4096), 1, -1);
    let notified = false;
    void answer.then(
      () => (notified = true),
      () => undefined,
    );
    await sleep(50);
    for (let i = 0; i < 20; i++) {
      const freeze = Freeze.stop(target.pid);
      expect(freeze.threads).toBeGreaterThan(1);
      expect(marks(target.pid).state).toBe('t');
      freeze.release();
    }
    await sleep(50);
    expect([notified, marks(target.pid)]).toMatchObject([false, { state: 'S', tracer: 0 }]);
  });
});
