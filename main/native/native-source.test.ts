import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_SIZE, addressOfPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { OperationRequest } from '#shared/source/operation.ts';
import type { SourceEvent } from '#shared/source/source.ts';
import { GAME_PAGES } from '#shared/demo/game-areas.ts';
import type { Run } from './demo/game.ts';
import { NativeSource } from './native-source.ts';
import { buildScripts, type BuiltScripts } from './testing/built-scripts.ts';
import { isRegistered, marks, registeredVmas } from './testing/marks.ts';
import { Script, Target } from './testing/target.ts';

let scripts: BuiltScripts;
const scriptsRunning: Script[] = [];
const sources: NativeSource[] = [];

beforeAll(async () => {
  scripts = await buildScripts('native/testing/test-target.ts', 'native/demo-program.ts');
});
afterEach(async () => {
  for (const source of sources.splice(0)) await source.close();
  for (const script of scriptsRunning.splice(0)) await script.kill();
});

async function attach(pid: number): Promise<NativeSource> {
  const source = await NativeSource.attach(pid);
  sources.push(source);
  return source;
}

async function startTarget(): Promise<Target> {
  const target = await Target.start(scripts.path('test-target'));
  scriptsRunning.push(target);
  return target;
}

interface Start {
  address: string;
  pages: number;
}
interface Tick {
  tick: number;
  pages: number;
  runs: Run[];
}

async function startDemo(...args: string[]): Promise<{ demo: Script; first: number }> {
  const demo = new Script(scripts.path('demo-program'), args);
  scriptsRunning.push(demo);
  const start = JSON.parse(await demo.line()) as Start;
  return { demo, first: Number(BigInt(start.address)) / PAGE_SIZE };
}

async function sample(source: NativeSource, mode: 'hold' | 'interval', state = false): Promise<TileSet> {
  const tiles = new TileSet();
  await source.sample({ mode, tiles, state });
  return tiles;
}

/** Runs of plane Written inside the demo's buffer, as the demo reports them. Other memory may be adjacent. */
function written(tiles: TileSet, first: number): Run[] {
  return tiles
    .runs(Plane.Written)
    .map(([start, end]) => [Math.max(start - first, 0), Math.min(end - first, GAME_PAGES)] as const)
    .filter(([start, end]) => start < end)
    .map(([start, end]) => [start, end - start]);
}

function operation(op: OperationRequest['op'], page: number, pages: number, vecLen = pages, flags = 0) {
  return { op, start: addressOfPage(page), len: BigInt(pages * PAGE_SIZE), vecLen, flags };
}

describe('NativeSource on the demo program', () => {
  it('shows exactly what each of 1,000 ticks wrote: none lost, none invented', async () => {
    const { demo, first } = await startDemo('--lock-step', '--exit-on-stdin-close', '--seed', '7');
    const source = await attach(demo.pid);
    for (let round = 0; round < 1000; round++) {
      demo.child.stdin.write('step 1\n');
      const tick = JSON.parse(await demo.line()) as Tick;
      const tiles = new TileSet();
      await source.sample({ mode: 'interval', tiles, state: false, explicit: true });
      expect(written(tiles, first)).toEqual(tick.runs);
    }
  });

  it('loses nothing while the demo runs freely, attached to while it was stopped', async () => {
    const { demo, first } = await startDemo('--hz', '500', '--exit-on-stdin-close');
    await demo.line();
    await demo.halt();
    const source = await attach(demo.pid);
    expect(marks(demo.pid)).toMatchObject({ state: 'T', tracer: 0 });
    demo.child.kill('SIGCONT');
    const seen = new Set<number>();
    const reported = new Set<number>();
    const add = (set: Set<number>, runs: Run[]) => {
      for (const [start, count] of runs) for (let i = 0; i < count; i++) set.add(start + i);
    };
    // The stop may have been in the middle of a tick, whose writes before the attach are not known.
    const half = JSON.parse(await demo.line()) as Tick;
    for (let ticks = 0; ticks < 500; ticks++) {
      add(seen, written(await sample(source, 'interval'), first));
      add(reported, (JSON.parse(await demo.line()) as Tick).runs);
    }
    for (const line of await demo.halt()) add(reported, (JSON.parse(line) as Tick).runs);
    add(seen, written(await sample(source, 'interval'), first));
    expect([...reported].filter((page) => !seen.has(page))).toEqual([]);
    add(reported, half.runs);
    // The tick that was in progress when it was stopped wrote without reporting.
    expect([...seen].filter((page) => !reported.has(page)).length).toBeLessThan(200);
  });

  it('leaves the demo running, untracked, after it was closed', async () => {
    const { demo } = await startDemo('--hz', '100', '--exit-on-stdin-close');
    const source = await attach(demo.pid);
    expect(registeredVmas(demo.pid)).toBeGreaterThan(10);
    await source.close();
    expect(registeredVmas(demo.pid)).toBe(0);
    expect(marks(demo.pid).tracer).toBe(0);
    const before = JSON.parse(await demo.line()) as Tick;
    const after = JSON.parse(await demo.line()) as Tick;
    expect(after.tick).toBe(before.tick + 1);
  });
});

describe('NativeSource', () => {
  it('returns the state of pages', async () => {
    const target = await startTarget();
    const source = await attach(target.pid);
    const page = await target.map(8);
    await target.write(page + 1);
    await target.send({ op: 'read', pages: [page + 3] });
    const tiles = await sample(source, 'hold', true);
    const planes = [Plane.Written, Plane.Present, Plane.Zero, Plane.Swapped, Plane.Huge];
    const of = (p: number) => planes.filter((plane) => tiles.test(plane, p));
    expect([0, 1, 2, 3].map((i) => of(page + i))).toEqual([
      [],
      [Plane.Written, Plane.Present],
      [],
      [Plane.Present, Plane.Zero],
    ]);
  });

  it('flags a huge page that its first write after a clear split', async () => {
    const target = await startTarget();
    const before = await target.map(1024, { huge: true });
    await target.fill(before, 1024);
    const source = await attach(target.pid);
    const later = await target.map(512, { huge: true });
    await target.fill(later, 512);
    const runs = async (plane: Plane) =>
      (await sample(source, 'interval', true))
        .runs(plane)
        .filter(([start]) => [before, before + 512, later].includes(start));
    // A new mapping is compared at first; then the third is registered and cleared, with its state unread.
    await expect
      .poll(
        async () => {
          await sample(source, 'interval');
          return isRegistered(target.pid, later);
        },
        { timeout: 10_000 },
      )
      .toBe(true);
    await sample(source, 'interval');
    await target.write(before + 600, later + 7);
    expect(await runs(Plane.Split)).toEqual([
      ...[before + 512, later].sort((a, b) => a - b).map((page) => [page, page + 512]),
    ]);
    await sample(source, 'interval', true);
    expect(await runs(Plane.Huge)).toEqual([[before, before + 512]]);
    expect(await source.operate(operation('GET', before, 1024))).toMatchObject({ ret: 0 });
    await target.fill(before, 1024);
    expect(await source.operate(operation('GET', before, 1024))).toMatchObject({
      runs: new Float64Array([before, 1024]),
    });
  });

  it('holds what was written until it is cleared, with the three operations and vec_len', async () => {
    const target = await startTarget();
    const source = await attach(target.pid);
    const page = await target.map(10);
    await target.fill(page, 10);
    expect(await source.operate(operation('GET', page, 10))).toMatchObject({
      ok: true,
      ret: 10,
      runs: new Float64Array([page, 10]),
      next: null,
    });
    const some = await source.operate(operation('GET_AND_CLEAR', page, 10, 4));
    expect(some).toMatchObject({ ret: 4, runs: new Float64Array([page, 4]), next: page + 4 });
    expect(await source.operate(operation('GET', page, 10))).toMatchObject({
      runs: new Float64Array([page + 4, 6]),
    });
    expect(await source.operate(operation('CLEAR', page + 8, 2))).toMatchObject({ ret: 0 });
    await target.write(page);
    expect(await source.operate(operation('GET', page, 10, 100, 1))).toMatchObject({
      ret: 5,
      runs: new Float64Array([page, 1, page + 4, 4]),
    });
  });

  it('rejects what the ioctl rejects', async () => {
    const target = await startTarget();
    const source = await attach(target.pid);
    const good = operation('GET', await target.map(4), 4);
    const bad: Partial<OperationRequest>[] = [
      { start: good.start + 1n },
      { len: 0n },
      { len: -4096n },
      { vecLen: 0 },
      { vecLen: -1 },
      { flags: 2 },
      { start: 1n << 63n },
    ];
    for (const change of bad) {
      expect(await source.operate({ ...good, ...change })).toMatchObject({ ok: false, errno: 'EINVAL' });
    }
    expect(await source.operate({ ...good, op: 'CLEAR', vecLen: 0 })).toMatchObject({ ok: true });
  });

  it('reads bytes, and fewer where memory ends', async () => {
    const target = await startTarget();
    const source = await attach(target.pid);
    const page = await target.map(3);
    await target.fill(page, 3);
    await target.unmap(page + 2, 1);
    const bytes = await source.bytes(page, 2);
    expect([bytes.length, bytes[0], bytes[1], bytes[PAGE_SIZE]]).toEqual([2 * PAGE_SIZE, 1, 0, 2]);
    expect((await source.bytes(page, 4)).length).toBeLessThan(4 * PAGE_SIZE);
  });

  it('splits the address and gives the pagemap entry', async () => {
    const target = await startTarget();
    const source = await attach(target.pid);
    const page = await target.map(1);
    await target.write(page);
    const walk = await source.walk(page);
    const index = walk.steps.reduce((sum, step) => sum * 512 + step.index, 0);
    expect([index, walk.steps.map((step) => step.level)]).toEqual([page, ['PGD', 'PUD', 'PMD', 'PTE']]);
    expect(walk.steps.at(-1)?.bits).toContain('P');
    expect(walk.reason).toMatch(/^Written/);
    expect(walk.causes.find(({ counts }) => counts)).toMatchObject({ holds: true });
    expect(walk.events).toBeNull();
    await source.operate(operation('CLEAR', page, 1));
    // New, and therefore compared at first.
    expect((await source.walk(page)).reason).toMatch(/^No write seen: its contents/);
  });

  it('reports the same of bit 57 with the page as in its tables, before and after a sample', async () => {
    const target = await startTarget();
    const page = await target.map(4);
    await target.fill(page, 4);
    const source = await attach(target.pid);
    const seen = async () => {
      const { reason, causes, steps } = await source.walk(page);
      const removed = causes.find(({ title }) => title === 'Write-protection removed');
      return {
        written: /^Written/.test(reason),
        holds: removed?.holds,
        detail: /bit 57 is ([01])/.exec(removed?.detail ?? '')?.[1],
        protects: steps.at(-1)?.bits.includes('UFFD-WP'),
      };
    };
    expect(await seen()).toEqual({ written: false, holds: false, detail: '1', protects: true });
    await target.write(page);
    expect(await seen()).toEqual({ written: true, holds: true, detail: '0', protects: false });
    // The sample that reports the write protects the page again: not written since.
    expect((await sample(source, 'interval')).test(Plane.Written, page)).toBe(true);
    expect(await seen()).toEqual({ written: false, holds: false, detail: '1', protects: true });
  });

  it('pauses and resumes a program; closing the source resumes it', async () => {
    const { demo } = await startDemo('--hz', '200', '--exit-on-stdin-close');
    const source = await attach(demo.pid);
    await source.control('pause');
    expect(marks(demo.pid)).toMatchObject({ state: 't', tracer: process.pid });
    await sample(source, 'interval');
    expect((await sample(source, 'interval')).count(Plane.Written)).toBe(0);
    await source.control('continue');
    expect(marks(demo.pid).tracer).toBe(0);
    await source.control('pause');
    await source.close();
    expect(marks(demo.pid).tracer).toBe(0);
    const ticks: number[] = [];
    for (let i = 0; i < 20; i++) ticks.push((JSON.parse(await demo.line()) as Tick).tick);
    expect(ticks.at(-1)).toBe((ticks[0] ?? 0) + 19);
  });

  it('reports the end of the program once, and refuses calls from then on', async () => {
    const target = await startTarget();
    const source = await attach(target.pid);
    const events: SourceEvent[] = [];
    const ended = new Promise((resolve) => {
      source.onEvent((event) => {
        events.push(event);
        resolve(event);
      });
    });
    await target.kill();
    expect(await ended).toMatchObject({ type: 'ended', reason: 'exit' });
    await expect(sample(source, 'hold')).rejects.toMatchObject({ kind: 'program-ended' });
    expect(events).toHaveLength(1);
    await source.close();
    await expect(sample(source, 'hold')).rejects.toMatchObject({ kind: 'no-source' });
  });

  it('reports that the program called exec', async () => {
    const child = spawn('sh', ['-c', 'read x; exec sleep 100'], { stdio: ['pipe', 'ignore', 'ignore'] });
    try {
      await sleep(100);
      const source = await attach(Number(child.pid));
      const event = new Promise((resolve) => source.onEvent(resolve));
      child.stdin.write('go\n');
      expect(await event).toMatchObject({ type: 'ended', reason: 'exec' });
      await expect(sample(source, 'hold')).rejects.toMatchObject({ kind: 'program-ended' });
      expect(marks(Number(child.pid)).tracer).toBe(0);
      expect(child.exitCode).toBe(null);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('continues with the parent when the program forks; the child is untracked', async () => {
    const target = await startTarget();
    const source = await attach(target.pid);
    const page = await target.map(4);
    await target.fill(page, 4);
    await sample(source, 'interval');
    expect(await target.send({ op: 'fork', page: page + 1 })).toBe(7);
    const own = async () =>
      (await sample(source, 'interval')).runs(Plane.Written).filter(([p]) => p >= page && p < page + 4);
    expect(await own()).toEqual([]);
    await target.write(page + 2);
    expect(await own()).toEqual([[page + 2, page + 3]]);
  });

  it('emits a notice', async () => {
    const child = spawn('sh', ['-c', 'read a; (read x) <&3 & read b'], {
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    });
    try {
      const source = await attach(Number(child.pid));
      const event = new Promise((resolve) => source.onEvent(resolve));
      child.stdin?.write('a\n');
      expect(await event).toMatchObject({
        type: 'notice',
        message: expect.stringMatching(/^Process \d+ forked/) as string,
        process: { kind: 'child', pid: expect.any(Number) as number },
      });
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('leaves the exit of a child of ours to its own wait', async () => {
    const child = spawn('sh', ['-c', 'read x; exit 5'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const exit = once(child, 'exit');
    await sleep(100);
    const source = await attach(Number(child.pid));
    await source.control('pause');
    await source.control('continue');
    child.stdin.write('go\n');
    expect(await exit).toEqual([5, null]);
  });
});
