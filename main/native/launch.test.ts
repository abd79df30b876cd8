import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { pageOfAddress } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { TrackingOptions } from '#shared/source/backend.ts';
import type { SourceEvent } from '#shared/source/source.ts';
import { LaunchedSource } from '../session/launch/launched-source.ts';
import { prepareLaunch } from './launch.ts';
import { runProbe } from './probe/probe.ts';
import { buildScripts, type BuiltScripts } from './testing/built-scripts.ts';

let scripts: BuiltScripts;
const sources: LaunchedSource[] = [];
const closers: (() => void)[] = [];

beforeAll(async () => {
  scripts = await buildScripts('native/demo-program.ts');
});
afterEach(async () => {
  for (const source of sources.splice(0)) {
    await source.execution.control('kill');
    await source.close();
  }
  for (const close of closers.splice(0)) close();
});

async function open(how: TrackingOptions, command = process.execPath): Promise<LaunchedSource> {
  const args = [scripts.path('demo-program')];
  const prepared = prepareLaunch({ command, args, cwd: null, env: {} }, how);
  closers.push(() => prepared.close());
  const source = await LaunchedSource.open(prepared.request, (pid, armed) => prepared.attach(pid, armed));
  sources.push(source);
  // A program that is held begins with the first sample.
  await source.sample({ mode: 'hold', tiles: new TileSet(), state: false });
  return source;
}

const usable = runProbe()
  .backends.filter(({ available }) => available)
  .map(({ id }) => id);

describe('prepareLaunch', () => {
  it('uses the best backend, or the requested one', async () => {
    const labels = {
      'write-protect': /^PAGEMAP_SCAN/,
      preload: /preloaded/,
      'soft-dirty': /^soft-dirty/,
      compare: /^content comparison/,
    };
    const best = await open({});
    expect(best.description.backend).toMatch(labels[usable[0]]);
    expect(best.description.launched).toBe(true);
    for (const backend of usable) {
      expect((await open({ backend })).description.backend).toMatch(labels[backend]);
    }
  });

  it.runIf(usable.includes('preload'))(
    'with preload nothing is missed, from the first write on',
    async () => {
      const source = await open({ backend: 'preload' });
      let text = '';
      source.onEvent((event: SourceEvent) => {
        if (event.type === 'output' && event.stream === 'stdout') text += event.text;
      });
      const lines = () =>
        text
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as { address?: string; runs?: [number, number][] });
      const shown = new TileSet();
      const sample = () => source.sample({ mode: 'hold', tiles: shown, state: false });
      await vi.waitFor(() => expect(lines().length).toBeGreaterThan(5), 10_000);
      const ticks = lines();
      await sample();
      const first = pageOfAddress(BigInt(ticks[0]?.address ?? 0));
      for (const { runs = [] } of ticks) {
        for (const [start, pages] of runs) {
          for (let i = 0; i < pages; i++) expect(shown.test(Plane.Written, first + start + i)).toBe(true);
        }
      }
    },
  );

  it('refuses an unusable backend, before anything is started', () => {
    const request = { command: '/sbin/ldconfig', cwd: null, env: {} };
    for (const backend of ['preload', 'soft-dirty'] as const) {
      if (usable.includes(backend)) continue;
      expect(() => prepareLaunch({ ...request, backend }, { backend })).toThrow(/cannot be used here/);
    }
  });
});
