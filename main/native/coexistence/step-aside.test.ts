import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { TrackingOptions } from '#shared/source/backend.ts';
import type { SourceEvent } from '#shared/source/source.ts';
import { NativeSource } from '../native-source.ts';
import { compile, Conversation, type Compiled } from '../testing/c-program.ts';
import { registeredVmas } from '../testing/marks.ts';

/** Modes of UFFDIO_REGISTER. */
const MISSING = 1;
const WRITE_PROTECT = 2;
/** UFFD_FEATURE_WP_ASYNC and WP_UNPOPULATED. */
const WP_ASYNC = 0xa000;
const EBUSY = 16;

let program: Compiled;
const running: Conversation[] = [];
const sources: NativeSource[] = [];

beforeAll(() => {
  program = compile('main/native/coexistence/testing/own-uffd.c');
});
afterAll(() => program.remove());
afterEach(async () => {
  for (const source of sources.splice(0)) await source.close();
  for (const child of running.splice(0)) await child.kill();
});

/** The program, and the first of its 64 pages; `other`: of 64 that it never registers. */
async function startProgram(
  ...args: string[]
): Promise<{ child: Conversation; page: number; other: number }> {
  const child = new Conversation(program.path, ...args);
  running.push(child);
  const [page, other] = (await child.line())
    .split(' ')
    .slice(1)
    .map((address) => Number(address) / PAGE_SIZE);
  return { child, page, other };
}

async function attach(pid: number, how: TrackingOptions = { backend: 'write-protect' }) {
  const source = await NativeSource.attach(pid, how);
  sources.push(source);
  const events: SourceEvent[] = [];
  source.onEvent((event) => events.push(event));
  return { source, events };
}

/** Written pages of the 64, in an interval sample or one that holds. */
async function written(source: NativeSource, page: number, mode: 'hold' | 'interval' = 'interval') {
  const tiles = new TileSet();
  await source.sample({ mode, tiles, state: false });
  return Array.from({ length: 64 }, (_, i) => i).filter((i) => tiles.test(Plane.Written, page + i));
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(2);
}

const changed = (events: readonly SourceEvent[]) => events.find((event) => event.type === 'backend');

describe('a program that opens a userfaultfd while it is tracked', () => {
  it.each([
    ['new', 'memory that it maps then'],
    ['old', 'memory that was registered by us'],
  ])('can register (%s) %s', async (what) => {
    const { child } = await startProgram();
    const { events } = await attach(child.pid);
    expect(await child.send('open 0')).toBeGreaterThan(2);
    await until(() => changed(events) !== undefined);
    expect(await child.send(`${what} ${MISSING}`)).toBe(0);
    expect(registeredVmas(child.pid)).toBe(0);
  });

  it('can collapse huge pages, which write-protection forbids', async () => {
    const { child } = await startProgram();
    const { events } = await attach(child.pid);
    await child.send('open 0');
    await until(() => changed(events) !== undefined);
    expect(await child.send('collapse')).toBe(0);
  });

  it('is tracked further: earlier and later writes count once', async () => {
    const { child, page } = await startProgram();
    const { source, events } = await attach(child.pid);
    await child.send('write 3');
    expect(await written(source, page)).toEqual([3]);
    await child.send('write 5');
    await child.send('write 60');
    await child.send('open 0');
    await until(() => changed(events) !== undefined);
    const { backend } = source;
    expect(changed(events)).toMatchObject({ backend, atomic: false });
    expect(['soft-dirty', 'compare']).toContain(backend);
    expect(source.getAndClear).toBe('emulated-racy');
    expect(source.description.backend).not.toMatch(/PAGEMAP_SCAN/);
    await child.send('write 7');
    expect(await written(source, page, 'hold')).toEqual([5, 7, 60]);
    expect(await written(source, page)).toEqual([5, 7, 60]);
    expect(await written(source, page)).toEqual([]);
    await child.send('write 9');
    expect(await written(source, page)).toEqual([9]);
  });

  it('keeps what was written before until it is cleared, by ranges and in pieces', async () => {
    const { child, page } = await startProgram();
    const { source, events } = await attach(child.pid);
    for (const i of [1, 2, 40, 50]) await child.send(`write ${i}`);
    await child.send('open 0');
    await until(() => changed(events) !== undefined);
    await child.send('write 45');
    const operate = async (
      op: 'GET' | 'CLEAR' | 'GET_AND_CLEAR',
      first: number,
      pages: number,
      vecLen: number,
    ) => {
      const start = BigInt((page + first) * PAGE_SIZE);
      const result = await source.operate({ op, start, len: BigInt(pages * PAGE_SIZE), vecLen, flags: 0 });
      return result.ok ? [...result.runs].map((value, i) => (i % 2 === 0 ? value - page : value)) : result;
    };
    expect(await operate('GET', 0, 64, 64)).toEqual([1, 2, 40, 1, 45, 1, 50, 1]);
    expect(await operate('GET_AND_CLEAR', 0, 64, 2)).toEqual([1, 2]);
    expect(await operate('CLEAR', 44, 2, 0)).toEqual([]);
    expect(await operate('GET', 0, 64, 64)).toEqual([40, 1, 50, 1]);
    expect(await operate('GET_AND_CLEAR', 0, 45, 64)).toEqual([40, 1]);
    expect(await written(source, page)).toEqual([50]);
    expect(await written(source, page)).toEqual([]);
  });

  it('is noticed among 900 descriptors', async () => {
    const { child } = await startProgram();
    expect(await child.send('fds 900')).toBe(900);
    const { events } = await attach(child.pid);
    await child.send('open 0');
    await until(() => changed(events) !== undefined);
    expect(await child.send(`old ${MISSING}`)).toBe(0);
  });

  it('is left alone when it ends at once', async () => {
    const { child } = await startProgram();
    const { events } = await attach(child.pid);
    child.child.stdin.write('bare\n');
    await child.line();
    await child.kill();
    await until(() => events.some(({ type }) => type === 'ended'));
    expect(events.filter(({ type }) => type === 'ended')).toHaveLength(1);
  });
});

describe('a program that opens a userfaultfd to track its own writes while it is tracked', () => {
  const backends = (events: readonly SourceEvent[]) =>
    events.flatMap((event) => (event.type === 'backend' ? [event.backend] : []));

  it('loses none of its bits; its memory is left alone, all other memory is protected again and nothing is missed', async () => {
    const { child, page, other } = await startProgram();
    const { source, events } = await attach(child.pid);
    await written(source, other);
    const seen = new Set<number>();
    const sample = async () => {
      for (const i of await written(source, other)) seen.add(i);
    };
    await sleep(1000);
    await child.send('other 3');
    await child.send(`open ${WP_ASYNC}`);
    await until(() => changed(events) !== undefined);
    expect(registeredVmas(child.pid)).toBe(0);
    expect(await child.send(`old ${WRITE_PROTECT}`)).toBe(0);
    await child.send('scan');
    await child.send('other 5');
    await sample();
    expect([...seen]).toEqual([3, 5]);
    await child.send('other 7');
    const own = child.ask('rounds 20000');
    while (backends(events).length < 2) await sleep(10);
    expect(['soft-dirty', 'compare']).toContain(backends(events)[0]);
    expect(backends(events)[1]).toBe('write-protect');
    expect(source.getAndClear).toBe('atomic');
    expect(registeredVmas(child.pid)).toBeGreaterThan(1);
    let finished = false;
    const answer = own.finally(() => (finished = true));
    while (!finished) {
      await sample();
      await sleep(20);
    }
    expect(await answer).toBe('0 0');
    await child.send('other 9');
    await sample();
    expect([...seen]).toEqual([3, 5, 7, 9]);
    const { vmas } = await source.sample({ mode: 'hold', tiles: new TileSet(), state: false });
    const row = (at: number) => vmas.find((vma) => vma.start <= at && at < vma.end);
    expect(row(page)).toMatchObject({
      tracked: false,
      untracked: expect.stringMatching(/by the program itself/) as string,
    });
    expect(row(other)?.tracked).toBe(true);
    await source.close();
    expect(registeredVmas(child.pid)).toBe(1);
    expect(await child.ask('rounds 300')).toBe('0 0');
  });

  it('or closes it again, is protected again, and once more', async () => {
    const { child, other } = await startProgram();
    const { source, events } = await attach(child.pid);
    for (let times = 1; times <= 2; times++) {
      await child.send('open 0');
      await until(() => backends(events).length === times * 2 - 1);
      expect(registeredVmas(child.pid)).toBe(0);
      await child.send('close');
      await until(() => backends(events).length === times * 2);
      expect(source.backend).toBe('write-protect');
      const last = events.findLast((event) => event.type === 'backend');
      expect(last?.reason).toContain(`Process ${child.pid} closed its userfaultfd.`);
      await written(source, other);
      await child.send('other 9');
      expect(await written(source, other)).toEqual([9]);
    }
  });

  it('and calls exec meanwhile, has only ended', async () => {
    const { child } = await startProgram();
    const { events } = await attach(child.pid);
    await child.send(`open ${WP_ASYNC}`);
    await until(() => changed(events) !== undefined);
    child.child.stdin.write('exec\n');
    await until(() => events.some(({ type }) => type === 'ended'));
    expect(registeredVmas(child.pid)).toBe(0);
  });
});

describe('a program that has a userfaultfd when it is attached to', () => {
  it('is tracked with a backend that registers nothing by default, with the reason', async () => {
    const { child, page } = await startProgram('0');
    const { source, events } = await attach(child.pid, {});
    expect(['soft-dirty', 'compare']).toContain(source.backend);
    const message = expect.stringMatching(/has a userfaultfd of its own that handles page faults/) as string;
    expect(events).toEqual([{ type: 'notice', message }]);
    expect(registeredVmas(child.pid)).toBe(0);
    expect(await child.send(`old ${MISSING}`)).toBe(0);
    await child.send('write 11');
    expect(await written(source, page)).toEqual([11]);
  });

  it('is protected if that was requested, and the effect is reported', async () => {
    const { child } = await startProgram('0');
    const { source, events } = await attach(child.pid);
    expect(source.backend).toBe('write-protect');
    const message = expect.stringMatching(/UFFDIO_REGISTER fails with EBUSY/) as string;
    expect(events).toEqual([{ type: 'notice', message }]);
    expect(await child.send(`old ${MISSING}`)).toBe(EBUSY);
  });

  it('that tracks its writes is tracked with write-protection as well', async () => {
    const { child, page } = await startProgram(String(WP_ASYNC));
    expect(await child.send(`old ${WRITE_PROTECT}`)).toBe(0);
    const { source, events } = await attach(child.pid, {});
    expect(source.backend).toBe('write-protect');
    expect(events).toEqual([]);
    const { vmas } = await source.sample({ mode: 'hold', tiles: new TileSet(), state: false });
    const own = vmas.find((vma) => vma.start <= page && page < vma.end);
    expect(own).toMatchObject({
      tracked: false,
      untracked: expect.stringMatching(/by the program itself/) as string,
    });
  });

  it('has two seconds to register new mappings', async () => {
    const { child } = await startProgram(String(WP_ASYNC));
    const { source } = await attach(child.pid, {});
    const begin = performance.now();
    const fresh = await child.send('fresh');
    const tracking = new Set<string | undefined>();
    const poll = async () => {
      const { vmas } = await source.sample({ mode: 'interval', tiles: new TileSet(), state: false });
      const vma = vmas.find(({ start, end }) => start <= fresh && fresh < end);
      tracking.add(vma?.tracking);
      return vma?.tracking;
    };
    while ((await poll()) === 'compared') await sleep(10);
    // On any machine it was not registered earlier.
    expect(performance.now() - begin).toBeGreaterThanOrEqual(2000);
    expect([...tracking]).toEqual(['compared', undefined]);
  });
});
