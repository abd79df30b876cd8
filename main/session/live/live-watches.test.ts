/** Write watches of a live session, concurrently with its samples, which clear pages too. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CommandReply } from '#shared/contract/commands.ts';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { randomBelow } from '#shared/testing/random.ts';
import { type BuiltScripts, buildScripts } from '../../native/testing/built-scripts.ts';
import { Target } from '../../native/testing/target.ts';
import { MMAP, SYS } from '../../native/syscalls/constants.ts';
import { openAnySource } from '../../open-sources.ts';
import { ServedWindow } from '../testing/test-window.ts';

const PAGES = 256;
let scripts: BuiltScripts;
let window: ServedWindow;
const targets: Target[] = [];
beforeAll(async () => {
  scripts = await buildScripts('native/testing/test-target.ts');
});
afterEach(async () => {
  await window.close();
  for (const target of targets.splice(0)) await target.kill();
});

const whole = (start: number, pages: number, changes: object = {}) => ({
  flags: 0,
  base: BigInt(start) * BigInt(PAGE_SIZE),
  size: BigInt(pages) * BigInt(PAGE_SIZE),
  addresses: true,
  count: pages,
  granularity: true,
  ...changes,
});
const get = (start: number, pages: number, changes: object = {}) =>
  window.call('writeWatch.get', whole(start, pages, changes));
const take = (start: number, pages: number) => get(start, pages, { flags: 1 });
const state = () => window.call('writeWatch.state', {});

/** A simulated program; the VMA named `name` is watched. */
async function simulated(workload: string, name: string, mode: 'hold' | 'interval') {
  window = new ServedWindow();
  await window.call('source.open', { kind: 'simulated', workload, parameters: {}, seed: 3 });
  await window.call('session.configure', { mode, hz: 60 });
  await window.until(() => window.state.vmas.some((vma) => vma.name === name));
  const vma = window.state.vmas.find((one) => one.name === name);
  if (!vma) throw new Error(name);
  const region = { start: vma.start, pages: vma.end - vma.start };
  await window.call('source.control', { action: 'pause' });
  await window.call('operation.clearRefs', {});
  await window.call('session.sample', {});
  await window.call('writeWatch.watch', region);
  return region;
}

/** A real program with its own mapping, sampled in mode interval. */
async function real(mode: 'hold' | 'interval' = 'interval') {
  const target = await Target.start(scripts.path('test-target'));
  targets.push(target);
  const { PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS } = MMAP;
  const rights = PROT_READ | PROT_WRITE;
  const flags = MAP_PRIVATE | MAP_ANONYMOUS;
  const address = await target.call(SYS.mmap, 0, PAGES * PAGE_SIZE, rights, flags, -1, 0);
  await target.call(SYS.madvise, address, PAGES * PAGE_SIZE, MMAP.MADV_NOHUGEPAGE);
  window = new ServedWindow(openAnySource);
  await window.call('source.open', { kind: 'native', pid: target.pid });
  await window.call('session.configure', { mode, hz: 60 });
  const start = address / PAGE_SIZE;
  await window.call('writeWatch.watch', { start, pages: PAGES });
  return { target, start };
}

describe('write watches of a session', () => {
  it.each(['hold', 'interval'] as const)(
    'return every write of a simulated program once, in mode %s',
    async (mode) => {
      const { start, pages } = await simulated('game-loop', '[anon:entity positions]', mode);
      const shown = new Set<number>();
      void window.until(() => {
        for (let page = start; page < start + pages; page++)
          if (window.state.tiles.test(Plane.Written, page)) shown.add(page);
        return false;
      });
      const returned = new Set<number>();
      await window.call('source.control', { action: 'continue' });
      for (let call = 0; call < 20; call++) {
        const frames = window.frames.length;
        await window.until(() => window.frames.length > frames + 1);
        if (call % 3 === 0) await window.call('operation.clearRefs', {});
        for (const page of (await take(start, pages)).pages) returned.add(page);
      }
      await window.call('source.control', { action: 'pause' });
      for (const page of (await take(start, pages)).pages) returned.add(page);
      expect((await take(start, pages)).pages).toHaveLength(0);
      expect(returned.size).toBeGreaterThan(24);
      for (const page of shown) expect(returned).toContain(page);
      // A frame of mode interval shows every page that was written.
      if (mode === 'interval') expect([...returned].filter((page) => !shown.has(page))).toEqual([]);
    },
  );

  it('return exactly what a real program wrote, although samples clear it before', async () => {
    const { target, start } = await real();
    const random = randomBelow(5);
    for (let round = 0; round < 40; round++) {
      const pages = new Set(Array.from({ length: 1 + random(60) }, () => start + random(PAGES)));
      await target.write(...pages);
      if (round % 3 === 0) await window.call('session.sample', {});
      const reply = await take(start, PAGES);
      expect([...reply.pages]).toEqual([...pages].sort((a, b) => a - b));
      expect(reply).toMatchObject({ error: 'ERROR_SUCCESS', granularity: PAGE_SIZE, next: null });
    }
  });

  it('reset only the prefix that a short array got, and continue behind it', async () => {
    const { target, start } = await real();
    await target.write(start + 3, start + 9, start + 200);
    await window.call('session.sample', {});
    const first = await get(start, PAGES, { flags: 1, count: 2 });
    expect([...first.pages]).toEqual([start + 3, start + 9]);
    expect(first).toMatchObject({ next: start + 10, reset: { start, end: start + 10 } });
    const rest = await get(start + 10, PAGES - 10, { count: 2 });
    expect([...rest.pages]).toEqual([start + 200]);
    expect(rest).toMatchObject({ next: null, reset: null });
  });

  it.each(['hold', 'interval'] as const)(
    'keep counting what the user clears manually, in mode %s',
    async (mode) => {
      const { target, start } = await real(mode);
      const range = { start: BigInt(start * PAGE_SIZE), len: BigInt(PAGES * PAGE_SIZE), flags: 0 };
      await target.write(start + 1);
      await window.call('operation.run', { op: 'GET_AND_CLEAR', vecLen: PAGES, ...range });
      await target.write(start + 2);
      await window.call('operation.run', { op: 'CLEAR', vecLen: 0, ...range });
      await target.write(start + 3);
      await target.write(start + 4);
      await window.call('session.dumpAndReset', { note: '' });
      await target.write(start + 5);
      expect([...(await take(start, PAGES)).pages]).toEqual([1, 2, 3, 4, 5].map((page) => start + page));
      expect([...(await take(start, PAGES)).pages]).toEqual([]);
    },
  );

  it('refuse as Windows does', async () => {
    const { start } = await real();
    const error = async (changes: object) => (await get(start, PAGES, changes)).error;
    expect(await error({ count: null })).toBe('ERROR_NOACCESS');
    expect(await error({ flags: 2 })).toBe('ERROR_INVALID_PARAMETER');
    expect(await error({ base: 0n })).toBe('ERROR_INVALID_PARAMETER');
    const reset = (base: bigint, size: bigint) => window.call('writeWatch.reset', { base, size });
    expect(await reset(0n, 4096n)).toEqual({ error: 'ERROR_INVALID_PARAMETER' });
    expect(await reset(BigInt(start * PAGE_SIZE), 1n)).toEqual({ error: 'ERROR_SUCCESS' });
    await expect(window.call('writeWatch.watch', { start, pages: 1 })).rejects.toMatchObject({
      kind: 'bad-request',
    });
    await window.call('writeWatch.unwatch', { start });
    expect(await error({})).toBe('ERROR_INVALID_PARAMETER');
  });
});

describe('what uses write watches', () => {
  const uses = () => window.events('writeWatch.state').flatMap(({ use }) => use ?? []);
  async function used(): Promise<NonNullable<CommandReply<'writeWatch.state'>['use']>> {
    const { use } = await state();
    if (!use) throw new Error('nothing is used');
    return use;
  }

  it.each([
    ['texture-cache', 'game-loop', '[anon:textures]'],
    ['remembered-set', 'garbage-collector', '[anon:old generation]'],
  ] as const)('a %s of %s works on written pages alone', async (use, workload, name) => {
    const { start } = await simulated(workload, name, 'interval');
    await window.call('writeWatch.use', { what: { use, start } });
    await window.call('source.control', { action: 'continue' });
    await window.until(() => uses().some(({ calls, pages }) => calls >= 20 && pages > 0));
    const now = await used();
    expect(now).toMatchObject({ use, start, copy: null });
    expect(now.pages).toBeLessThan(now.pagesWithout / 2);
    await window.call('writeWatch.use', { what: null });
    expect((await state()).use).toBeNull();
  });

  it('a texture cache of a real program has a copy that is never out of date', async () => {
    const { target, start } = await real();
    await window.call('writeWatch.use', { what: { use: 'texture-cache', start } });
    const random = randomBelow(9);
    const held = new Set<number>();
    while (!uses().some(({ copy }) => (copy?.verified ?? 0) >= 2 * PAGES)) {
      const pages = Array.from({ length: 8 }, () => start + random(PAGES));
      for (const page of pages) held.add(page);
      await target.write(...pages);
    }
    const { copy, pages, pagesWithout } = await used();
    expect(copy).toMatchObject({ stale: 0 });
    expect(pages).toBeLessThanOrEqual(pagesWithout);
    expect(held.size).toBeGreaterThan(100);
    await window.call('writeWatch.unwatch', { start });
    expect(await state()).toEqual({ regions: [], use: null });
  });
});
