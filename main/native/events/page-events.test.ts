/** Events of memory other than writes, on a real process: reported by kind, and only writes as written. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { trackingOf, type Vma } from '#shared/memory/vma.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { NativeSource } from '../native-source.ts';
import { parseRegisteredBuffers } from '../pinned/io-uring-buffers.ts';
import { RegisteredBuffers } from '../pinned/registered-buffers.ts';
import { compile, Conversation } from '../testing/c-program.ts';

const program = compile('main/native/events/testing/memory-events.c');
afterAll(() => program.remove());

let target: Conversation;
let source: NativeSource;

beforeEach(async () => {
  target = new Conversation(program.path);
  await target.line();
  source = await NativeSource.attach(target.pid, { backend: 'write-protect' });
});
afterEach(async () => {
  await source.close();
  await target.kill();
});

async function sample(mode: SampleMode = 'interval') {
  const tiles = new TileSet();
  const { vmas } = await source.sample({ mode, tiles, state: true });
  /** Pages of a plane within `pages` from `page`, counted from there. */
  const of = (plane: Plane, page: number, pages: number) =>
    tiles
      .runs(plane)
      .filter(([start, end]) => start < page + pages && end > page)
      .map(([start, end]) => [Math.max(start, page) - page, Math.min(end, page + pages) - page]);
  const events = (page: number, pages: number) => ({
    written: of(Plane.Written, page, pages),
    touched: of(Plane.Touched, page, pages),
    gone: of(Plane.Gone, page, pages),
  });
  return { vmas, events };
}

const even = (pages: number) => Array.from({ length: pages / 2 }, (_, i) => [2 * i, 2 * i + 1]);

describe('page events', () => {
  it('MADV_DONTNEED gives pages back: gone, not written; what is written again is written', async () => {
    const given = await target.send('dontneed');
    const written = await target.send('write');
    expect((await sample()).events(written, 16)).toEqual({ written: [[0, 4]], touched: [], gone: [[8, 16]] });
    expect((await sample()).events(written, 16)).toEqual({ written: [], touched: [], gone: [] });
    const again = await target.send('rewrite');
    expect((await sample()).events(again, 4)).toEqual({ written: [[0, 2]], touched: [], gone: [[2, 4]] });
    expect(given).toBe(written + 8);
  });

  it('unmapped memory is gone', async () => {
    const page = await target.send('unmap');
    expect((await sample()).events(page, 16)).toEqual({ written: [], touched: [], gone: [[0, 16]] });
  });

  it('in mode hold gone pages stay gone until cleared', async () => {
    const page = await target.send('dontneed');
    for (let i = 0; i < 2; i++) expect((await sample('hold')).events(page, 8).gone).toEqual([[0, 8]]);
    await source.operate({ op: 'CLEAR', start: BigInt(page * 4096), len: 8n * 4096n, vecLen: 0, flags: 0 });
    expect((await sample('hold')).events(page, 8).gone).toEqual([]);
  });

  it.each(['interval', 'hold'] as const)(
    'the first touch of a huge page is no write of 512, mode %s',
    async (mode) => {
      const page = await target.send('huge');
      expect((await sample(mode)).events(page, 512)).toEqual({ written: [], touched: [[0, 512]], gone: [] });
      if (mode === 'hold') {
        expect((await sample(mode)).events(page, 512)).toEqual({
          written: [],
          touched: [[0, 512]],
          gone: [],
        });
        await sample('interval');
      }
      await target.send('again');
      expect((await sample(mode)).events(page, 512)).toEqual({ written: [[7, 8]], touched: [], gone: [] });
    },
  );

  it('events that an operation clears and does not count are in the next interval sample, once', async () => {
    const page = await target.send('huge');
    const given = await target.send('dontneed');
    await sample('hold');
    for (const [start, pages] of [
      [page, 512],
      [given, 8],
    ]) {
      const range = { start: BigInt(start * 4096), len: BigInt(pages * 4096), vecLen: pages, flags: 0 };
      expect(await source.operate({ op: 'GET_AND_CLEAR', ...range })).toMatchObject({ ok: true, ret: 0 });
    }
    const next = await sample();
    expect(next.events(page, 512)).toEqual({ written: [], touched: [[0, 512]], gone: [] });
    expect(next.events(given, 8)).toEqual({ written: [], touched: [], gone: [[0, 8]] });
    const last = await sample();
    expect(last.events(page, 512)).toEqual({ written: [], touched: [], gone: [] });
    expect(last.events(given, 8)).toEqual({ written: [], touched: [], gone: [] });
  });

  it('an operation counts nothing that is only touched', async () => {
    const page = await target.send('huge');
    const whole = { start: BigInt(page * 4096), len: 512n * 4096n, vecLen: 512, flags: 0 };
    expect(await source.operate({ op: 'GET_AND_CLEAR', ...whole })).toMatchObject({ ok: true, ret: 0 });
    await target.send('again');
    expect(await source.operate({ op: 'GET_AND_CLEAR', ...whole })).toMatchObject({ ok: true, ret: 1 });
  });

  it('pages that mremap moves are not written; written new memory is', async () => {
    const fresh = await target.send('new');
    expect((await sample()).events(fresh, 50)).toEqual({ written: [[0, 3]], touched: [], gone: [] });
    const page = await target.send('move');
    expect((await sample()).events(page, 400)).toEqual({ written: [], touched: even(400), gone: [] });
  });
});

describe('new memory', () => {
  it('a huge page in it is touched, not written', async () => {
    const page = await target.send('fresh-huge');
    expect((await sample()).events(page, 512)).toEqual({ written: [], touched: [[0, 512]], gone: [] });
  });

  it('pages that mremap moves into reserved memory are touched', async () => {
    const page = await target.send('reserve-move');
    expect((await sample()).events(page, 400)).toEqual({ written: [], touched: even(400), gone: [] });
  });
});

describe('memory that changes without a fault', () => {
  const named = (vmas: readonly Vma[], name: string) => vmas.filter((vma) => vma.name.includes(name));

  it('rings of io_uring, AIO and perf are not tracked, with the reason', async () => {
    await target.send('rings');
    const rings = [
      ['anon_inode:[io_uring]', 'io_uring'],
      ['/[aio]', 'AIO'],
      ['anon_inode:[perf_event]', 'perf'],
    ];
    // maps is read at a bounded rate.
    let vmas: readonly Vma[] = [];
    await expect
      .poll(async () => {
        ({ vmas } = await sample());
        return rings.every(([name]) => named(vmas, name).length > 0);
      })
      .toBe(true);
    for (const [name, owner] of rings) {
      const found = named(vmas, name);
      expect(found.length, name).toBeGreaterThan(0);
      for (const vma of found) {
        expect(trackingOf(vma).tracking).toBe('untracked');
        expect(trackingOf(vma).reason).toContain(owner);
      }
    }
  });

  it('a mapping with buffers registered with io_uring is pinned, with the pages', async () => {
    const page = await target.send('register');
    expect(page).toBeGreaterThan(0);
    const { vmas } = await sample();
    const vma = vmas.find(({ start, end }) => start <= page && page < end);
    expect(vma && trackingOf(vma)).toEqual({
      tracking: 'pinned',
      reason: expect.stringMatching(/^6 of its pages .*io_uring/) as string,
    });
  });

  it('the same while calls hold the io_uring, which does not list its buffers then', async () => {
    const page = await target.send('register-busy');
    expect(page).toBeGreaterThan(0);
    const registered = new RegisteredBuffers(target.pid);
    const descriptors = `/proc/${target.pid}/fd`;
    const ring = readdirSync(descriptors).find((fd) =>
      readlinkSync(`${descriptors}/${fd}`).includes('uring'),
    );
    const seen = new Set<string>();
    for (let held = 0; held < 20;) {
      const buffers = registered.poll();
      if (!registered.unknown) seen.add(JSON.stringify(buffers));
      const listed = parseRegisteredBuffers(readFileSync(`${descriptors}info/${ring}`, 'latin1'));
      if (seen.size > 0 && listed === null) held++;
    }
    expect([...seen]).toEqual([JSON.stringify([{ start: page, end: page + 6 }])]);
  }, 60_000);
});
