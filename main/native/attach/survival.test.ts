/** The engine is killed; the program must not be affected. Children of a tracker are killed at every step and at random times. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildScripts, type BuiltScripts } from '../testing/built-scripts.ts';
import { CompiledProgram } from '../testing/compiled.ts';
import type { Marks } from '../testing/marks.ts';
import { Script, Target } from '../testing/target.ts';
import { SNAPSHOT_STEPS } from '../snapshot.ts';
import { ATTACH_STEPS } from './take-descriptor.ts';

interface Death extends Marks {
  step?: string;
  microseconds?: number;
  /** The signal that the tracker died of, 0 if it ended by itself. */
  died: number;
  /** The tracker's error, if that is why it ended. */
  error?: string;
  registered: number;
}

let scripts: BuiltScripts;
let blocking: CompiledProgram;
const running: { kill: () => unknown }[] = [];

beforeAll(async () => {
  blocking = new CompiledProgram('attach/blocking-calls.c', '-lrt');
  scripts = await buildScripts(
    'native/testing/test-target.ts',
    'native/testing/mortal-tracker.ts',
    'native/demo-program.ts',
  );
});
afterAll(() => {
  blocking.remove();
});
afterEach(async () => {
  for (const script of running.splice(0)) await script.kill();
});

/** The program's state after each death of a tracker. */
async function deaths(pid: number, ...how: string[]): Promise<Death[]> {
  const tracker = new Script(scripts.path('mortal-tracker'), [String(pid), ...how], {
    node: ['--single-threaded'],
  });
  running.push(tracker);
  const lines: Death[] = [];
  for (;;) {
    try {
      lines.push(JSON.parse(await tracker.line()) as Death);
    } catch {
      expect(await tracker.exit).toEqual({ code: 0, signal: null });
      return lines;
    }
  }
}

function expectUntouched(found: Death[]): void {
  const { blocked } = found[0] ?? { blocked: '' };
  const unexpected = found.filter(
    (death) =>
      death.died !== 9 ||
      death.tracer !== 0 ||
      death.registered !== 0 ||
      death.blocked !== blocked ||
      !'SR'.includes(death.state),
  );
  const shown = unexpected.map((death) => JSON.stringify(death)).join('\n');
  expect(unexpected, `beside SigBlk ${blocked}:\n${shown}`).toHaveLength(0);
}

/** Computes the same sum repeatedly, printing a count; ends with status 1 if it differs. */
const COMPUTATION = `BEGIN {
  for (;;) {
    s = 0
    for (i = 1; i < 300000; i++) s += 1 / i
    if (n++ == 0) first = s
    else if (s != first) exit 1
    print n
    fflush()
  }
}`;

describe('the engine killed with SIGKILL', () => {
  it('at every step of an attach: a program waiting for input continues', async () => {
    const target = await Target.start(scripts.path('test-target'));
    running.push(target);
    const found = await deaths(target.pid, 'steps');
    expect(found.map((death) => death.step)).toEqual(ATTACH_STEPS);
    expectUntouched(found);
    expect(await target.write()).toBe(0);
  });

  it('at every step of a snapshot: all threads continue', async () => {
    const demo = new Script(scripts.path('demo-program'), ['--hz', '200', '--exit-on-stdin-close']);
    running.push(demo);
    await demo.line();
    const found = await deaths(demo.pid, 'snapshot');
    expect(found.map((death) => death.step)).toEqual(SNAPSHOT_STEPS);
    expectUntouched(found);
    for (const task of readdirSync(`/proc/${demo.pid}/task`)) {
      const status = readFileSync(`/proc/${demo.pid}/task/${task}/status`, 'latin1');
      expect(status).toMatch(/^TracerPid:\s*0$/m);
      expect(status).not.toMatch(/^State:\s*[tT]/m);
    }
    const ticks: number[] = [];
    for (let i = 0; i < 50; i++) ticks.push((JSON.parse(await demo.line()) as { tick: number }).tick);
    expect(ticks.map((tick) => tick - ticks[0])).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it('at every step of an attach to a program with a single thread, which sleeps', async () => {
    const sleeper = spawn('sleep', ['100'], { stdio: 'ignore' });
    running.push({ kill: () => sleeper.kill('SIGKILL') });
    await sleep(100);
    expectUntouched(await deaths(Number(sleeper.pid), 'steps'));
    expect(sleeper.exitCode).toBe(null);
  });

  it('at every step of an attach and in a freeze: no blocking call returns', async () => {
    const calls = [
      'epoll_wait',
      'epoll_pwait_signal',
      'recv',
      'semtimedop',
      'sigtimedwait',
      'poll',
      'nanosleep',
    ];
    const sit = async (call: string) => {
      const child = spawn(blocking.path, [call, '3600'], { stdio: ['ignore', 'pipe', 'inherit'] });
      running.push({ kill: () => child.kill('SIGKILL') });
      let output = '';
      child.stdout.setEncoding('latin1').on('data', (text: string) => (output += text));
      while (!output.includes('READY')) await sleep(5);
      await sleep(100);
      const found = await deaths(Number(child.pid), 'steps');
      expect(found.map((death) => death.step)).toEqual(ATTACH_STEPS);
      expectUntouched([...found, ...(await deaths(Number(child.pid), 'freeze'))]);
      await sleep(100);
      return output;
    };
    expect(await Promise.all(calls.map(sit))).toEqual(calls.map(() => 'READY\n'));
  }, 90_000);

  it('at every step and at random times: a computation has the same result', async () => {
    const child = spawn('awk', [COMPUTATION], { stdio: ['ignore', 'pipe', 'inherit'] });
    running.push({ kill: () => child.kill('SIGKILL') });
    let rounds = 0;
    child.stdout.on('data', (chunk: Buffer) => (rounds += chunk.toString().split('\n').length - 1));
    await sleep(100);
    expectUntouched(await deaths(Number(child.pid), 'steps'));
    expectUntouched(await deaths(Number(child.pid), 'random', '30', '2'));
    const before = rounds;
    while (child.exitCode === null && rounds < before + 5) await sleep(10);
    expect([child.exitCode, child.signalCode]).toEqual([null, null]);
  });

  it('at 200 random times: the demo program continues', async () => {
    const demo = new Script(scripts.path('demo-program'), ['--hz', '200', '--exit-on-stdin-close']);
    running.push(demo);
    await demo.line();
    const found = await deaths(demo.pid, 'random', '200', '1');
    expect(found).toHaveLength(200);
    expectUntouched(found);
    const ticks: number[] = [];
    for (let i = 0; i < 100; i++) ticks.push((JSON.parse(await demo.line()) as { tick: number }).tick);
    expect(ticks).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  }, 60_000);
});
