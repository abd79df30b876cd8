import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { InspectorError } from '#shared/contract/errors.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { NativeSource } from '../native-source.ts';
import { runProbe } from '../probe/probe.ts';
import { CompiledProgram } from '../testing/compiled.ts';
import { marks } from '../testing/marks.ts';

let program: CompiledProgram;
const running: ChildProcess[] = [];

beforeAll(() => {
  program = new CompiledProgram('attach/unsuited.c');
});
afterAll(() => program.remove());
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** The numbers of its first line. */
async function start(mode: string): Promise<number[]> {
  const child = spawn(program.path, [mode], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  const [line] = (await once(child.stdout.setEncoding('latin1'), 'data')) as [string];
  return line.trim().split(' ').map(Number);
}

/** Signals that have a handler: bit n - 1 is signal n. */
const caught = (pid: number): bigint =>
  BigInt(`0x${/^SigCgt:\s*(\w+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? ''}`);

describe('attaching to', () => {
  it('a program whose only thread is in uninterruptible sleep: waits for it, without blocking us', async () => {
    const [pid] = await start('vfork');
    while (marks(pid).state !== 'D') await sleep(1);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const source = await NativeSource.attach(pid);
    clearInterval(timer);
    expect(source.backend).toBe(runProbe().choice.running);
    expect(turns).toBeGreaterThan(1);
    await source.close();
  });

  it.each(['dispatch', 'blocked'])(
    'a program that handles system calls itself (%s): none of ours reaches its handler',
    async (mode) => {
      const [pid] = await start(mode);
      await sleep(50);
      const [child] = running;
      const handlers = caught(pid);
      expect(handlers & (1n << 30n)).not.toBe(0n);
      for (let i = 0; i < 5; i++) await (await NativeSource.attach(pid)).close();
      const [line] = (await once(child.stdout as Readable, 'data')) as [string];
      expect(line.trim().split('\n').at(-1)).toBe('0');
      expect(marks(pid)).toMatchObject({ tracer: 0 });
      expect(caught(pid)).toBe(handlers);
    },
    60_000,
  );

  it('a program whose main thread has ended: attaches by another', async () => {
    const [pid, address] = await start('leader');
    while (marks(pid).state !== 'Z') await sleep(1);
    const source = await NativeSource.attach(pid);
    expect(source.backend).toBe(runProbe().choice.running);
    const tiles = new TileSet();
    await sleep(50);
    const { vmas } = await source.sample({ mode: 'interval', tiles, state: true });
    expect(vmas.length).toBeGreaterThan(5);
    const page = address / 4096;
    expect([...tiles.runs(Plane.Written)].some(([from, to]) => from <= page && page < to)).toBe(true);
    expect((await source.bytes(address / 4096, 1)).length).toBe(4096);
    const snapshot = await source.snapshot(address / 4096, 1);
    expect(snapshot).toMatchObject({ threads: 1 });
    const ended = new Promise((resolve) => source.onEvent(resolve));
    running[0].kill('SIGKILL');
    expect(await ended).toMatchObject({ type: 'ended', reason: 'exit' });
    await source.close();
  });

  it('a thread of the kernel: is reported as one, not as a program that ended', async () => {
    // kthreadd, the parent of all of them.
    const error = InspectorError.from(await NativeSource.attach(2).catch((cause: unknown) => cause));
    expect(error).toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining('kernel') as string,
    });
  });

  it('programs that end meanwhile: are reported as that', async () => {
    const kinds = new Set<string>();
    for (let i = 0; i < 40; i++) {
      const [pid] = await start('brief');
      try {
        await (await NativeSource.attach(pid)).close();
      } catch (cause) {
        const { kind, message } = InspectorError.from(cause);
        kinds.add(kind);
        expect(message).toContain(String(pid));
      }
    }
    expect([...kinds].filter((kind) => kind !== 'program-ended' && kind !== 'no-such-process')).toEqual([]);
  });
});
