/** The demo program, launched and watched for real. */
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { pageOfAddress } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { SourceEvent } from '#shared/source/source.ts';
import { Game } from '../../native/demo/game.ts';
import { NativeSource } from '../../native/native-source.ts';
import { buildScripts, type BuiltScripts } from '../../native/testing/built-scripts.ts';
import { launchOwnScript } from './source-opener.ts';
import { LaunchedSource } from './launched-source.ts';

let scripts: BuiltScripts;
const pids: number[] = [];

beforeAll(async () => {
  scripts = await buildScripts('native/demo-program.ts');
});
afterEach(() => {
  for (const pid of pids.splice(0)) if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
});

async function openDemo() {
  const request = {
    ...launchOwnScript(scripts.path('demo-program')),
    printsWhenReady: true,
    describedAs: { title: 'Demo', detail: 'a game' },
  };
  const source = await LaunchedSource.open(request, (pid) => NativeSource.attach(pid));
  const pid = source.description.pid ?? 0;
  pids.push(pid);
  const events: SourceEvent[] = [];
  source.onEvent((event) => events.push(event));
  const lines = () =>
    events
      .map((event) => (event.type === 'output' && event.stream === 'stdout' ? event.text : ''))
      .join('')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown> & { runs?: [number, number][] });
  return { source, pid, events, lines };
}

/** State letter and tracer of a process. */
function facts(pid: number): { state: string; tracer: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    state: /^State:\s+(\w)/m.exec(status)?.[1] ?? '',
    tracer: Number(/^TracerPid:\s+(\d+)/m.exec(status)?.[1]),
  };
}

describe('LaunchedSource', () => {
  it('shows what the program reports as written, and leaves it running when closed', async () => {
    const { source, pid, lines } = await openDemo();
    expect(source.description).toMatchObject({ kind: 'native', launched: true, title: 'Demo' });
    expect(source.description.detail).toBe(`${pid} · a game`);
    expect(source.execution.actions).toContain('kill');
    await vi.waitFor(() => expect(lines().length).toBeGreaterThan(0), 10_000);
    const address = pageOfAddress(BigInt(String(lines()[0]['address'])));
    const shown = new TileSet();
    const game = new Game(1);
    const sample = async () => {
      const tiles = new TileSet();
      await source.sample({ mode: 'interval', tiles, state: false });
      for (const [from, to] of tiles.runs(Plane.Written)) shown.setRun(Plane.Written, from, to);
    };
    // What it printed before it was attached to has been read by now: every later tick must be seen whole.
    await new Promise((resolve) => setTimeout(resolve, 150));
    const first = lines().length;
    await vi.waitFor(async () => {
      await sample();
      expect(lines().length).toBeGreaterThan(first + 10);
    }, 10_000);
    const ticks = lines().slice(1);
    await sample();
    expect(ticks.map(({ runs }) => runs)).toEqual(ticks.map(() => game.step()));
    for (const { runs } of ticks.slice(first)) {
      for (const [start, pages] of runs ?? []) {
        for (let page = start; page < start + pages; page++) {
          expect(shown.test(Plane.Written, address + page)).toBe(true);
        }
      }
    }
    await source.close();
    expect(facts(pid)).toMatchObject({ state: expect.stringMatching(/[SR]/), tracer: 0 });
    await expect(sample()).rejects.toMatchObject({ kind: 'no-source' });
  });

  it('kills the program on request, and reports its end once it is gone', async () => {
    const { source, pid, events, lines } = await openDemo();
    await vi.waitFor(() => expect(lines().length).toBeGreaterThan(0), 10_000);
    await source.execution.control('kill');
    await vi.waitFor(() => expect(events.some(({ type }) => type === 'ended')).toBe(true), 5000);
    // A zombie until its parent has reaped it.
    await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), 5000);
    await source.close();
  });

  it('reports the output of a program that ended before it could be tracked', async () => {
    const ending = LaunchedSource.open(
      { command: process.execPath, args: ['-e', 'console.error("no"); process.exit(7)'], cwd: null, env: {} },
      async (pid) => {
        await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), 5000);
        return NativeSource.attach(pid);
      },
    );
    await expect(ending).rejects.toMatchObject({
      kind: 'program-ended',
      message: expect.stringMatching(/it ended with exit code 7 before it could be tracked\. no$/),
    });
  });
});
