/** The session and its server over a real message channel, with the real simulated source. */
import { afterEach, describe, expect, it } from 'vitest';
import type { OpenSource } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { events } from '#shared/contract/events.ts';
import { FrameState } from '#shared/frame/apply.ts';
import { addressOfPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { TrackingSource } from '#shared/source/source.ts';
import { openSimulated } from '../simulated/source/open.ts';
import type { Program } from '../simulated/workloads/program.ts';
import type { Served } from './server/server.ts';
import { ServedWindow } from './testing/test-window.ts';

const open: ServedWindow[] = [];

function start(openSource = openSimulatedSource): { window: ServedWindow; served: Served } {
  const window = new ServedWindow(openSource);
  open.push(window);
  return { window, served: window.served };
}

async function openSimulatedSource(what: OpenSource): Promise<TrackingSource> {
  if (what.kind !== 'simulated') throw new Error('only simulated here');
  return openSimulated(what);
}

afterEach(async () => {
  for (const window of open.splice(0)) await window.close();
});

/** Until the window shows the session's last sample. */
function settled({ window, served }: ReturnType<typeof start>): Promise<void> {
  return window.until(() => window.state.sequence === served.session.keyFrame()?.sequence);
}

const game = { kind: 'simulated', workload: 'game-loop', parameters: { textures: 8 }, seed: 1 } as const;

/** What the source would show now, read around the session. */
async function truth(sources: TrackingSource[]): Promise<TileSet> {
  const tiles = new TileSet();
  await sources[0].sample({ mode: 'hold', tiles, state: true });
  return tiles;
}

function spied() {
  const sources: TrackingSource[] = [];
  return {
    sources,
    openSource: async (what: OpenSource) => {
      const source = await openSimulatedSource(what);
      sources.push(source);
      return source;
    },
  };
}

const planes = (tiles: TileSet) => Object.values(Plane).map((plane) => tiles.runs(plane));

describe('session over a port', () => {
  it('opens a source and sends frames that add up to what the source shows', async () => {
    const { sources, openSource } = spied();
    const { window, served } = start(openSource);
    await window.call('session.configure', { mode: 'hold' });
    const state = await window.call('source.open', game);
    expect(state).toMatchObject({ mode: 'hold', paused: false, ended: null, source: { running: true } });
    expect(state.source?.settings.map(({ name }) => name)).toContain('speed');
    await window.call('session.configure', { hz: 60 });
    await window.until(() => window.frames.length >= 6);
    await window.call('session.configure', { paused: true });
    await window.call('session.sample', {});
    await settled({ window, served });
    expect(window.frames[0].kind).toBe('key');
    expect(window.frames.slice(1).every(({ kind }) => kind === 'delta')).toBe(true);
    expect(planes(window.state.tiles)).toEqual(planes(await truth(sources)));
    expect(window.state.writtenPages).toBe(window.state.tiles.count(Plane.Written));
  });

  it('begins in mode interval if clearing takes nothing from others, or in the mode that was selected', async () => {
    const { window } = start();
    expect(await window.call('source.open', game)).toMatchObject({ mode: 'interval' });
    await window.call('session.configure', { mode: 'hold' });
    expect(await window.call('source.open', game)).toMatchObject({ mode: 'hold' });
  });

  it('shows a source that is opened while sampling is paused, and leaves its program where it is', async () => {
    const both = start();
    const { window } = both;
    await window.call('session.configure', { paused: true });
    const state = await window.call('source.open', game);
    expect(state).toMatchObject({ paused: true, source: { step: 0 } });
    await window.until(() => window.state.vmas.length > 0);
    await settled(both);
    expect(window.state.sequence).toBe(0);
  });

  it('shows what an operation did at once, even while it is paused', async () => {
    const both = start();
    const { window } = both;
    await window.call('session.configure', { mode: 'hold' });
    await window.call('source.open', game);
    await window.call('session.configure', { paused: true });
    await window.call('operation.clearRefs', {});
    await settled(both);
    expect(window.state.writtenPages).toBe(0);
    expect(window.state.vmas.every((vma) => !vma.softDirty)).toBe(true);
    await window.call('source.control', { action: 'step' });
    await settled(both);
    expect(window.state.writtenPages).toBeGreaterThan(20);
    const heap = window.state.vmas.find((vma) => vma.kind === 'heap');
    if (!heap) throw new Error('no heap');
    const request = {
      op: 'GET_AND_CLEAR',
      start: addressOfPage(heap.start),
      len: BigInt(heap.end - heap.start) * 4096n,
      vecLen: heap.end - heap.start,
      flags: 0,
    };
    const written = window.state.writtenPages;
    const result = await window.call('operation.run', request);
    if (!result.ok) throw new Error(result.message);
    expect(result.ret).toBeGreaterThan(0);
    await settled(both);
    expect(window.state.writtenPages).toBe(written - result.ret);
    expect(await window.call('operation.run', { ...request, start: 1n })).toMatchObject({
      ok: false,
      errno: 'EINVAL',
    });
  });

  it.each(['GET_AND_CLEAR', 'CLEAR', 'clear_refs'])(
    'loses nothing in mode interval by a manual %s',
    async (op) => {
      const { sources, openSource } = spied();
      const { window, served } = start(openSource);
      await window.call('source.open', game);
      await window.call('session.configure', { paused: true, mode: 'interval' });
      await window.call('session.sample', {});
      await window.until(() => window.state.mode === 'interval');
      const recorded = new TileSet();
      served.session.listen({
        frame: (frame) => {
          const one = new FrameState();
          one.apply({ ...frame, kind: 'key', base: frame.sequence });
          for (const [from, to] of one.tiles.runs(Plane.Written)) recorded.setRun(Plane.Written, from, to);
        },
      });
      // Steps that no sample has seen yet: only the operation is between them and the next sample.
      for (let i = 0; i < 3; i++) await sources[0].execution?.control('step');
      const expected = await truth(sources);
      expect(expected.count(Plane.Written)).toBeGreaterThan(20);
      const [from] = window.state.vmas;
      const to = window.state.vmas.at(-1) ?? from;
      if (op === 'clear_refs') await window.call('operation.clearRefs', {});
      else {
        const result = await window.call('operation.run', {
          op,
          start: addressOfPage(from.start),
          len: BigInt(to.end - from.start) * 4096n,
          vecLen: 2 ** 40,
          flags: 0,
        });
        expect(result).toMatchObject({ ok: true });
      }
      for (const [first, end] of expected.runs(Plane.Written)) {
        for (let page = first; page < end; page++) expect(recorded.test(Plane.Written, page)).toBe(true);
      }
      expect(recorded.count(Plane.Written)).toBe(expected.count(Plane.Written));
    },
  );

  it('keeps one frame in flight and loses no write while the window is slow', async () => {
    const { window, served } = start();
    await window.call('source.open', game);
    await window.call('session.configure', { mode: 'interval', hz: 60 });
    await window.until(() => window.state.mode === 'interval');
    const all = new TileSet();
    let samples = 0;
    served.session.listen({
      frame: (frame) => {
        samples++;
        const one = new FrameState();
        one.apply({ ...frame, kind: 'key', base: frame.sequence });
        for (const [from, to] of one.tiles.runs(Plane.Written)) all.setRun(Plane.Written, from, to);
      },
    });
    window.acknowledges = false;
    const sent = window.frames.length;
    const rates = (): number => window.received.filter(({ name }) => name === 'session.rates').length;
    const counted = rates();
    await expect.poll(() => samples, { timeout: 10_000 }).toBeGreaterThan(5);
    expect(window.frames.length).toBeLessThanOrEqual(sent + 1);
    await window.call('session.configure', { paused: true });
    window.acknowledges = true;
    window.ack();
    await settled({ window, served });
    // Counted while the window got no frame, and again for the last sample.
    expect(rates()).toBeGreaterThan(counted);
    const last = window.frames.at(-1);
    expect(last?.merged).toBeGreaterThan(3);
    expect(last?.stamps?.times).toHaveLength(last?.merged ?? 0);
    for (const [from, to] of all.runs(Plane.Written)) {
      for (let page = from; page < to; page++) expect(window.written.test(Plane.Written, page)).toBe(true);
    }
  });

  it('sends a key frame after a resync, with what the lost frame showed', async () => {
    const both = start();
    const { window } = both;
    await window.call('source.open', game);
    await window.call('session.configure', { paused: true, mode: 'interval' });
    await settled(both);
    window.acknowledges = false;
    await window.call('source.control', { action: 'step' });
    await settled(both);
    const seen = window.state.tiles.runs(Plane.Written);
    expect(seen.length).toBeGreaterThan(3);
    await window.call('source.control', { action: 'step' });
    const frames = window.frames.length;
    window.port.postMessage({ type: 'resync' });
    await window.until(() => window.frames.length > frames);
    expect(window.frames.at(-1)).toMatchObject({ kind: 'key', merged: 2 });
    for (const [from, to] of seen) {
      for (let page = from; page < to; page++)
        expect(window.state.tiles.test(Plane.Written, page)).toBe(true);
    }
  });

  it('reports a failing sample once, and that it is over as soon as sampling works again', async () => {
    let fails = true;
    const { window } = start(async (what) => {
      const source = await openSimulatedSource(what);
      const sample = source.sample.bind(source);
      source.sample = (request) =>
        fails ? Promise.reject(new InspectorError('io', 'The disk is gone.', 'Mount it.')) : sample(request);
      return source;
    });
    const named = (wanted: string) => window.received.filter(({ name }) => name === wanted);
    await window.call('session.configure', { hz: 60 });
    await window.call('source.open', game);
    await window.until(() => named('session.problem').length > 0);
    for (let i = 0; i < 3; i++) await window.call('session.sample', {});
    expect(named('session.problem')).toHaveLength(1);
    expect(named('session.recovered')).toEqual([]);
    fails = false;
    await window.until(() => named('session.recovered').length > 0);
    expect(named('session.recovered')).toMatchObject([{ payload: { message: 'The disk is gone.' } }]);
  });

  it('answers what does not fit with an error and continues', async () => {
    const { window } = start();
    const error = async (name: string, payload: unknown) => {
      const result = (await window.request(name, payload)).result;
      if (result.ok) throw new Error('it was accepted');
      return result.error;
    };
    expect(await error('session.sample', {})).toMatchObject({ kind: 'no-source' });
    expect(await error('nonsense', {})).toMatchObject({ kind: 'bad-request' });
    expect(await error('__proto__', {})).toMatchObject({ kind: 'bad-request' });
    expect(await error('source.open', { kind: 'native', pid: -1 })).toMatchObject({
      kind: 'bad-request',
      message: expect.stringContaining('source.open does not fit (pid)'),
    });
    expect(await error('session.configure', { hz: 1e9 })).toMatchObject({ kind: 'bad-request' });
    expect(await error('source.open', { ...game, workload: 'none' })).toMatchObject({ kind: 'bad-request' });
    window.port.postMessage('garbage');
    await window.until(() => window.received.some(({ name }) => name === 'session.problem'));
    await window.call('source.open', game);
    expect(await error('page.bytes', { page: 1, pages: 1 })).toMatchObject({ kind: 'unsupported' });
    expect(await error('snapshot.take', { start: 1, pages: 1 })).toMatchObject({ kind: 'unsupported' });
    expect(await error('source.control', { action: 'kill' })).toMatchObject({ kind: 'unsupported' });
    expect(await error('source.set', { name: 'speed', value: 'fast' })).toMatchObject({
      kind: 'bad-request',
    });
    await window.until(() => window.frames.length > 0);
  });

  it('lists workloads, walks pages, changes settings', async () => {
    const { window } = start();
    expect((await window.call('workloads.list', {})).workloads.map(({ id }) => id)).toContain('game-loop');
    await window.call('source.open', game);
    await window.until(() => window.frames.length > 0);
    const walk = await window.call('page.walk', { page: window.state.vmas[0].start });
    expect(walk.steps).toHaveLength(4);
    const state = await window.call('source.set', { name: 'speed', value: 500 });
    expect(state.source?.values).toMatchObject({ speed: 500 });
  });

  it('opens another source with a key frame of its own', async () => {
    const { window } = start();
    await window.call('source.open', game);
    await window.until(() => window.frames.length > 2);
    await window.call('source.open', { ...game, workload: 'sparse-mapping', parameters: {} });
    await window.until(() => window.state.vmas.some(({ name }) => name === '[anon:arena]'));
    expect(window.frames.at(-1)?.time).toBeLessThan(5000);
    const { source } = await window.call('source.close', {});
    expect(source).toBeNull();
  });

  it('reports when the program ended, and keeps the rest of the session', async () => {
    const { sources, openSource } = spied();
    const { window } = start(openSource);
    await window.call('source.open', game);
    await window.until(() => window.frames.length > 0);
    // Out of memory: the simulated kernel kills the program at its next new page.
    (Reflect.get(sources[0], 'run') as { program: Program }).program.machine.configure({ memoryPages: 0 });
    // A sample may have found that before this has its turn.
    await window.request('source.set', { name: 'speed', value: 1000 });
    await window.until(() => {
      const last = window.received.findLast(({ name }) => name === 'session.state');
      return JSON.stringify(last?.payload ?? '').includes('The simulated program ended');
    });
    const result = (await window.request('session.sample', {})).result;
    expect(result).toMatchObject({ ok: false, error: { kind: 'program-ended' } });
    await window.call('source.open', game);
    expect((await window.call('session.state', {})).ended).toBeNull();
  });

  it('emits statistics once a second', async () => {
    const { window } = start();
    await window.call('source.open', game);
    await window.until(() => window.received.some(({ name }) => name === 'session.statistics'));
    const { payload } = window.received.find(({ name }) => name === 'session.statistics') ?? {};
    const statistics = events['session.statistics'].parse(payload);
    expect(statistics.samples).toBeGreaterThan(3);
    expect(statistics.frames + statistics.merged).toBeLessThanOrEqual(statistics.samples + 1);
    expect(statistics.scanNs).toBeGreaterThan(0);
    expect(window.received.some(({ name }) => name === 'source.progress')).toBe(true);
  });

  it('returns the probe and the processes without a source', async () => {
    const { window } = start();
    const report = await window.call('probe.run', {});
    expect(report.capabilities.map(({ id }) => id)).toContain('soft-dirty');
    const { processes, total } = await window.call('processes.list', { search: `${process.ppid}` });
    expect(processes.map(({ pid }) => pid)).toContain(process.ppid);
    expect(processes.length).toBeLessThanOrEqual(total);
    const refused = (await window.request('processes.list', { search: 7 })).result;
    expect(refused).toMatchObject({ ok: false, error: { kind: 'bad-request' } });
  });

  it('detaches when the port closes', async () => {
    const { sources, openSource } = spied();
    const { window } = start(openSource);
    await window.call('source.open', game);
    window.port.close();
    await expect
      .poll(() =>
        sources[0].wholeProcess?.clearRefs().then(
          () => 'open',
          (cause: { kind: string }) => cause.kind,
        ),
      )
      .toBe('no-source');
  });
});
