/**
 * What every backend must do, as tests on a real program. They run on this machine and, for features that this kernel lacks,
 * in guests with other kernels. Expectations differ only where backends see different things, as `sees` states.
 */
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGES_PER_TILE, PAGE_SIZE, addressOfPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { BackendName } from '#shared/source/backend.ts';
import type { Capabilities } from '#shared/source/capabilities.ts';
import type { OperationName } from '#shared/source/operation.ts';
import { capabilitiesOf, type SourceEvent } from '#shared/source/source.ts';
import { randomBelow } from '#shared/testing/random.ts';
import type { NativeSource } from '../native-source.ts';
import { call } from '../syscalls/call.ts';
import { MMAP, SYS } from '../syscalls/constants.ts';
import { storeWord } from '../syscalls/ffi.ts';
import { marks, registeredVmas } from '../testing/marks.ts';
import { loadWord } from '../testing/own-bytes.ts';
import type { Target } from '../testing/target.ts';

/** A tracked program. */
export interface Watched {
  readonly target: Target;
  readonly source: NativeSource;
}

export interface Conformance {
  /** Starts another program and tracks it. */
  start(): Promise<Watched>;
  readonly backend: BackendName;
  readonly getAndClear: Capabilities['getAndClear'];
  /** Iterations of loops, rounds of concurrent writes, number of VMAs: emulated machines are slow. */
  readonly loops: number;
  readonly rounds: number;
  readonly vmas: number;
}

/** How backends differ. */
const sees = (name: BackendName) => ({
  /** New mappings count as a whole, and are reported as new. */
  news: name === 'soft-dirty',
  /** Pages that mremap moved are touched, not written. */
  movesTouched: name === 'write-protect' || name === 'preload',
  /** A huge page is one page. */
  hugePageWhole: name === 'soft-dirty',
  /** Writes by any process to shared memory. */
  foreignWrites: name === 'compare',
  /** Only writes that change something. */
  changesOnly: name === 'compare',
});

const { PROT_NONE, PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS, MAP_NORESERVE } = MMAP;
const READ_WRITE = PROT_READ | PROT_WRITE;
const MADV_POPULATE_READ = 22;
const MADV_POPULATE_WRITE = 23;

/** A file system in memory. */
const memoryFolder = () => mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'conformance-'));

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Registers the tests of one backend. */
export function describeConformance(title: string, conformance: Conformance): void {
  const { backend, getAndClear, loops } = conformance;
  const traits = sees(backend);

  describe(title, () => {
    let target: Target;
    let source: NativeSource;

    beforeAll(async () => {
      ({ target, source } = await conformance.start());
    });
    afterAll(async () => {
      await source.close();
      await target.kill();
    });

    /** Pages of the range that are in a plane, but not those that count only because their VMA is new. */
    async function take(mode: 'hold' | 'interval', page: number, count: number): Promise<number[]> {
      const tiles = new TileSet();
      await source.sample({ mode, tiles, state: false });
      return upTo(count).filter(
        (i) => tiles.test(Plane.Written, page + i) && !tiles.test(Plane.Fresh, page + i),
      );
    }

    async function operate(op: OperationName, page: number, pages: number, vecLen = pages) {
      const len = BigInt(pages * PAGE_SIZE);
      const result = await source.operate({ op, start: addressOfPage(page), len, vecLen, flags: 0 });
      if (!result.ok) throw new Error(result.message);
      const found: number[] = [];
      for (let i = 0; i < result.runs.length; i += 2) {
        for (let j = 0; j < result.runs[i + 1]; j++) found.push(result.runs[i] + j - page);
      }
      expect(result.ret).toBe(found.length);
      return { found, next: result.next === null ? null : result.next - page, notes: result.notes };
    }
    const get = async (page: number, pages: number, vecLen?: number) =>
      (await operate('GET', page, pages, vecLen)).found;
    const getClear = async (page: number, pages: number, vecLen?: number) =>
      (await operate('GET_AND_CLEAR', page, pages, vecLen)).found;

    /** Fresh private memory that merges with nothing: a merge can make old memory count as new. */
    async function map(pages: number): Promise<number> {
      const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
      const room = await target.call(SYS.mmap, 0, (pages + 2) * PAGE_SIZE, PROT_NONE, flags, -1, 0);
      const page = room / PAGE_SIZE + 1;
      await protect(page, pages, READ_WRITE);
      return page;
    }

    /** Fresh memory, written and cleared. */
    async function cleared(pages: number): Promise<number> {
      const page = await map(pages);
      await target.fill(page, pages);
      await operate('CLEAR', page, pages);
      return page;
    }

    const read = (...pages: number[]) => target.send({ op: 'read', pages });
    const protect = (page: number, pages: number, protection: number) =>
      target.call(SYS.mprotect, page * PAGE_SIZE, pages * PAGE_SIZE, protection);
    const advise = (page: number, pages: number, advice: number) =>
      target.call(SYS.madvise, page * PAGE_SIZE, pages * PAGE_SIZE, advice);
    /** The list of VMAs may be some milliseconds old. */
    const vmaAt = async (page: number) => {
      for (;;) {
        const { vmas } = await source.sample({ mode: 'hold', tiles: new TileSet(), state: false });
        const found = vmas.find((vma) => vma.start <= page && page < vma.end);
        if (found) return found;
        await sleep(1);
      }
    };

    it('returns its name and capabilities', async () => {
      expect(source.backend).toBe(backend);
      expect(capabilitiesOf(source)).toMatchObject({
        get: true,
        clear: true,
        getAndClear,
        noReusedRegions: false,
        clearRefs: backend === 'soft-dirty',
        bytes: true,
        control: ['pause', 'continue'],
      });
      expect(source.description).toMatchObject({ kind: 'native', pid: target.pid });
      const page = await map(1);
      const { notes } = await operate('GET_AND_CLEAR', page, 1);
      expect(notes.length > 0).toBe(getAndClear !== 'atomic');
      expect(notes.some((note) => note.includes('lost'))).toBe(
        backend === 'soft-dirty' && getAndClear === 'emulated-racy',
      );
    });

    it('T7, T68: holds exactly what was written until it is taken, and then nothing', async () => {
      const page = await cleared(1000);
      await target.write(page + 3, page + 4, page + 511, page + 512, page + 999);
      const written = [3, 4, 511, 512, 999];
      expect(await take('hold', page, 1000)).toEqual(written);
      expect(await get(page, 1000)).toEqual(written);
      expect(await take('interval', page, 1000)).toEqual(written);
      expect(await take('interval', page, 1000)).toEqual([]);
      await target.write(page + 4);
      expect(await take('interval', page, 1000)).toEqual([4]);
    });

    it('T8, T69, T70: vec_len limits what is reported and what is cleared', async () => {
      const page = await cleared(20);
      await target.write(...upTo(10).map((i) => page + i * 2));
      const first = await operate('GET_AND_CLEAR', page, 20, 3);
      expect(first).toMatchObject({ found: [0, 2, 4], next: 5 });
      expect(await get(page, 20, 2)).toEqual([6, 8]);
      expect(await getClear(page, 20)).toEqual([6, 8, 10, 12, 14, 16, 18]);
      expect(await get(page, 20)).toEqual([]);
    });

    it('T15, T21–T23, T71, T72: clearing a range leaves the rest unchanged', async () => {
      const [page, other] = [await cleared(100), await cleared(40)];
      await target.fill(page, 100);
      await target.fill(other, 40);
      expect(await getClear(page + 1, 2)).toEqual([0, 1]);
      expect(await get(page, 100)).toEqual([0, ...upTo(97).map((i) => i + 3)]);
      await operate('CLEAR', page, 50);
      expect(await get(page, 100)).toEqual(upTo(50).map((i) => i + 50));
      expect(await get(other, 40)).toEqual(upTo(40));
      expect(await getClear(page + 50, 50, 25)).toEqual(upTo(25));
      expect(await take('interval', page, 100)).toEqual(upTo(25).map((i) => i + 75));
      expect(await get(other, 40)).toEqual([]);
    });

    it(`T26, T34: ${loops} times nothing after a clear, the page after a write`, async () => {
      const page = await cleared(1);
      let wrong = 0;
      for (let i = 0; i < loops; i++) {
        wrong += (await get(page, 1)).length;
        await target.write(page);
        wrong += 1 - (await get(page, 1)).length;
        await operate('CLEAR', page, 1);
      }
      expect(wrong).toBe(0);
    });

    it('agrees with a model over random writes and operations', async () => {
      const PAGES = 600;
      const page = await cleared(PAGES);
      const model = new Set<number>();
      const random = randomBelow(12345);
      for (let round = 0; round < loops; round++) {
        const writes = upTo(random(12)).map(() => random(PAGES));
        if (writes.length > 0) await target.write(...writes.map((i) => page + i));
        for (const i of writes) model.add(i);
        const start = random(PAGES);
        const count = 1 + random(PAGES - start);
        const limit = random(3) === 0 ? 1 + random(6) : count;
        const expected = [...model].filter((i) => i >= start && i < start + count).sort((a, b) => a - b);
        const shown = expected.slice(0, limit).map((i) => i - start);
        const what = random(4);
        if (what === 0) {
          await operate('CLEAR', page + start, count);
          for (const i of expected) model.delete(i);
        } else if (what === 1) {
          expect(await get(page + start, count, limit), `round ${round}`).toEqual(shown);
        } else if (what === 2) {
          expect(await getClear(page + start, count, limit), `round ${round}`).toEqual(shown);
          for (const i of shown) model.delete(start + i);
        } else {
          expect(await take('hold', page, PAGES), `round ${round}`).toEqual([...model].sort((a, b) => a - b));
        }
      }
    });

    it('T39–T43: mprotect neither sets nor loses the state, and a write after it is seen', async () => {
      const page = await cleared(1);
      await target.write(page);
      const states = [(await get(page, 1)).length];
      await operate('CLEAR', page, 1);
      states.push((await get(page, 1)).length);
      await protect(page, 1, PROT_READ);
      states.push((await get(page, 1)).length);
      await protect(page, 1, READ_WRITE);
      states.push((await get(page, 1)).length);
      await target.write(page);
      states.push((await get(page, 1)).length);
      expect(states).toEqual([1, 0, 0, 0, 1]);
    });

    it('T44–T48: the same on a shared file', async () => {
      const folder = memoryFolder();
      const file = join(folder, 'file');
      writeFileSync(file, Buffer.alloc(PAGE_SIZE, 1));
      const fd = await target.send({ op: 'open', path: file, writable: true });
      const address = await target.call(SYS.mmap, 0, PAGE_SIZE, READ_WRITE, MMAP.MAP_SHARED, fd, 0);
      const page = address / PAGE_SIZE;
      // Sampled before it is touched: for pages present earlier it is not known whether they were written or read.
      await vmaAt(page);
      await target.write(page);
      const states = [(await get(page, 1)).length];
      await operate('CLEAR', page, 1);
      states.push((await get(page, 1)).length);
      await protect(page, 1, PROT_READ);
      states.push((await get(page, 1)).length);
      await protect(page, 1, READ_WRITE);
      states.push((await get(page, 1)).length);
      await target.write(page);
      states.push((await get(page, 1)).length);
      expect(states).toEqual([1, 0, 0, 0, 1]);
      await target.unmap(page, 1);
      rmSync(folder, { recursive: true });
    });

    it('reports the written pages of a new mapping once, and not those that were read', async () => {
      await take('interval', 0, 0);
      const page = await map(600);
      await target.write(page + 7);
      await read(page + 8);
      expect(await take('interval', page, 600)).toEqual([7]);
      expect(await take('interval', page, 600)).toEqual([]);
      await target.write(page + 9);
      expect(await take('interval', page, 600)).toEqual([9]);
    });

    it('T35, T36: a new mapping', async () => {
      await take('interval', 0, 0);
      const page = await map(5);
      const all = traits.news ? upTo(5) : [];
      expect(await get(page, 5)).toEqual(all);
      expect((await vmaAt(page)).softDirty).toBe(traits.news);
      await operate('CLEAR', page + 3, 1);
      expect(await get(page, 5)).toEqual(all.filter((i) => i !== 3));
      expect((await vmaAt(page)).softDirty).toBe(traits.news);
      expect(await getClear(page, 5)).toEqual(all.filter((i) => i !== 3));
      expect(await get(page, 5)).toEqual([]);
      await target.unmap(page, 5);
      const flags = MMAP.MAP_PRIVATE | MMAP.MAP_ANONYMOUS | MMAP.MAP_FIXED;
      await target.call(SYS.mmap, page * PAGE_SIZE, 5 * PAGE_SIZE, READ_WRITE, flags, -1, 0);
      expect(await get(page, 5)).toEqual(all);
      await target.write(page + 1);
      expect(await getClear(page, 5)).toEqual(traits.news ? all : [1]);
      expect(await get(page, 5)).toEqual([]);
      expect((await vmaAt(page)).softDirty).toBe(false);
    });

    it('reports nothing of unmapped memory', async () => {
      const page = await cleared(30);
      await target.fill(page, 30);
      // Remembered, where clearing is emulated.
      await operate('CLEAR', page, 1);
      await target.unmap(page + 10, 10);
      expect(await get(page, 30)).toEqual(upTo(30).filter((i) => i > 0 && (i < 10 || i >= 20)));
    });

    it('follows a heap that grows, a mapping that grows in place and one that moves', async () => {
      const brk = Math.ceil((await target.call(SYS.brk, 0)) / PAGE_SIZE);
      await take('interval', 0, 0);
      await target.call(SYS.brk, (brk + 50) * PAGE_SIZE);
      await target.write(brk + 10);
      expect(await take('interval', brk, 50)).toEqual([10]);

      const page = await map(64);
      await target.fill(page, 16);
      await target.unmap(page + 16, 48);
      await take('interval', 0, 0);
      const grown = await target.call(SYS.mremap, page * PAGE_SIZE, 16 * PAGE_SIZE, 40 * PAGE_SIZE, 0);
      expect(grown).toBe(page * PAGE_SIZE);
      await target.write(page + 3, page + 30);
      // Earlier pages may count too: the VMA changed.
      expect(await take('interval', page, 40)).toEqual(expect.arrayContaining([3, 30]));

      const place = await map(40);
      const fixed = MMAP.MREMAP_MAYMOVE | 2;
      const [from, to, length] = [page * PAGE_SIZE, place * PAGE_SIZE, 40 * PAGE_SIZE];
      await target.call(SYS.mremap, from, length, length, fixed, to);
      await target.write(place + 1);
      // Every present page was moved here; where moves and writes are distinguished, as touched.
      expect(await take('interval', place, 40)).toEqual(traits.movesTouched ? [] : [...upTo(16), 30]);
      await target.write(place + 2);
      expect(await take('interval', place, 40)).toEqual([2]);
    });

    it('distinguishes writes from reads in shared memory', async () => {
      const page = await target.map(1200, { shared: true });
      await target.write(page + 2);
      await operate('CLEAR', page, 1200);
      await read(page + 2, page + 3, page + 600);
      await target.write(page + 4, page + 601);
      expect(await take('hold', page, 1200)).toEqual([4, 601]);
      expect(await getClear(page, 1200, 1)).toEqual([4]);
      expect(await take('interval', page, 1200)).toEqual([601]);
      await read(page + 7);
      expect(await target.send({ op: 'fork', page: page + 7 })).toBe(7);
      expect(await take('interval', page, 1200)).toEqual(traits.foreignWrites ? [7] : []);
    });

    it('reports private writes to a file, and not what is only read of it', async () => {
      const folder = memoryFolder();
      const file = join(folder, 'file');
      writeFileSync(file, Buffer.alloc(100 * PAGE_SIZE, 1));
      const fd = await target.send({ op: 'open', path: file });
      const length = 100 * PAGE_SIZE;
      const address = await target.call(SYS.mmap, 0, length, READ_WRITE, MMAP.MAP_PRIVATE, fd, 0);
      const page = address / PAGE_SIZE;
      await read(page, page + 1, page + 2);
      await target.write(page + 1);
      expect(await take('interval', page, 100)).toEqual([1]);
      await read(...upTo(100).map((i) => page + i));
      await target.write(page + 1, page + 50);
      expect(await take('interval', page, 100)).toEqual([1, 50]);
      await target.unmap(page, 100);
      rmSync(folder, { recursive: true });
    });

    it('T37, T38, T97: a huge page', async () => {
      const page = Math.ceil((await map(1536)) / PAGES_PER_TILE) * PAGES_PER_TILE;
      await advise(page, 1024, MMAP.MADV_HUGEPAGE);
      await target.fill(page, 1024);
      await operate('CLEAR', page, 1024);
      await target.write(page + 100);
      const whole = upTo(PAGES_PER_TILE);
      expect(await getClear(page, 1024)).toEqual(traits.hugePageWhole ? whole : [100]);
      await target.write(page + 700);
      await operate('CLEAR', page, PAGES_PER_TILE);
      const second = traits.hugePageWhole ? whole.map((i) => i + PAGES_PER_TILE) : [700];
      expect(await get(page, 1024)).toEqual(second);
      await target.unmap(page, 1024);
    });

    it('T53–T55: populated memory', async () => {
      const page = await map(512);
      await operate('CLEAR', page, 512);
      await advise(page, 512, MADV_POPULATE_READ);
      expect(await get(page, 512)).toEqual([]);
      await advise(page, 512, MADV_POPULATE_WRITE);
      expect(await get(page, 512)).toEqual(traits.changesOnly ? [] : upTo(512));
    });

    it('T112: memory without rights keeps what was written before', async () => {
      const page = await cleared(50);
      await protect(page + 20, 10, PROT_NONE);
      expect(await take('interval', page, 50)).toEqual([]);
      await target.write(page + 5, page + 45);
      expect(await take('interval', page, 50)).toEqual([5, 45]);
      await protect(page + 20, 10, READ_WRITE);
      await target.write(page + 22);
      expect(await take('interval', page, 50)).toEqual([22]);
    });

    it('T113–T115: the zero page is not written, and memory that was given back starts anew', async () => {
      const page = await map(20);
      await operate('CLEAR', page, 20);
      await read(page + 1);
      await target.write(page + 2);
      expect(await take('interval', page, 20)).toEqual([2]);
      await advise(page, 20, MMAP.MADV_DONTNEED);
      await read(page + 2, page + 3);
      expect(await take('interval', page, 20)).toEqual([]);
      await target.write(page + 2);
      expect(await take('interval', page, 20)).toEqual([2]);
    });

    it('returns the state of pages', async () => {
      const page = await map(8);
      await target.write(page + 1);
      await read(page + 3);
      const tiles = new TileSet();
      await source.sample({ mode: 'hold', tiles, state: true });
      const present = upTo(8).filter((i) => tiles.test(Plane.Present, page + i));
      expect(present).toEqual([1, 3]);
      expect(tiles.test(Plane.Zero, page + 1)).toBe(false);
    });

    it('reads bytes and returns why a page counts as written', async () => {
      const page = await cleared(2);
      await target.write(page);
      const bytes = await source.bytes(page, 2);
      expect(bytes.length).toBe(2 * PAGE_SIZE);
      expect(bytes.subarray((page % 61) * 8, (page % 61) * 8 + 8).some((byte) => byte !== 0)).toBe(true);
      expect((await source.walk(page)).reason).toMatch(/^(Written|Counts as written)/);
      await operate('CLEAR', page, 1);
      const { reason, pagemap } = await source.walk(page);
      expect(reason).toMatch(/^(Not written|No write seen)/);
      expect(pagemap).not.toBeNull();
    });

    it('an untouched mapping of 64 GiB costs no page tables, and its one page is found', async () => {
      const pages = 2 ** 24;
      const page = await map(pages);
      const tables = () =>
        Number(/VmPTE:\s*(\d+)/.exec(readFileSync(`/proc/${target.pid}/status`, 'latin1'))?.[1]);
      await take('interval', 0, 0);
      const before = tables();
      await target.write(page + 2 ** 23);
      const found = async () => {
        const tiles = new TileSet();
        await source.sample({ mode: 'interval', tiles, state: true });
        return tiles.runs(Plane.Written).filter(([start]) => start >= page && start < page + pages);
      };
      const one = [[page + 2 ** 23, page + 2 ** 23 + 1]];
      expect(await found()).toEqual(one);
      expect(await found()).toEqual([]);
      await target.write(page + 2 ** 23);
      expect(await found()).toEqual(one);
      await target.write(page + 2 ** 23, page + 5, page + pages - 1);
      expect(await found()).toEqual([[page + 5, page + 6], ...one, [page + pages - 1, page + pages]]);
      expect(tables() - before).toBeLessThan(64);
      await target.unmap(page, pages);
    });

    it(`follows ${conformance.vmas} VMAs`, async () => {
      const count = conformance.vmas;
      const page = await map(count);
      // Every other page read-only: each is a VMA of its own.
      await target.send({ op: 'protect-alternate', page, count });
      await take('interval', 0, 0);
      await target.write(page, page + 2, page + count - 2);
      expect(await take('interval', page, count)).toEqual([0, 2, count - 2]);
      const { vmas } = await source.sample({ mode: 'hold', tiles: new TileSet(), state: false });
      expect(vmas.length).toBeGreaterThan(count * 0.95);
      expect(vmas.filter((vma) => vma.start >= page && vma.end <= page + count && !vma.tracked)).toEqual([]);
      await target.unmap(page, count);
    });

    it('a child’s writes to what it copied are not the program’s, whose own still count', async () => {
      const page = await cleared(4);
      expect(await target.send({ op: 'fork', page: page + 1 })).toBe(7);
      expect(await take('interval', page, 4)).toEqual([]);
      await target.write(page + 2);
      expect(await take('interval', page, 4)).toEqual([2]);
    });

    it('works on a paused program, and resumes it', async () => {
      const page = await cleared(4);
      await target.write(page + 1);
      await source.control('pause');
      expect(marks(target.pid)).toMatchObject({ state: 't', tracer: process.pid });
      expect(await take('interval', page, 4)).toEqual([1]);
      expect(await getClear(page, 4)).toEqual([]);
      expect(marks(target.pid)).toMatchObject({ state: 't' });
      await source.control('continue');
      expect(marks(target.pid)).toMatchObject({ tracer: 0 });
      await target.write(page + 3);
      expect(await take('interval', page, 4)).toEqual([3]);
      expect(marks(target.pid)).toMatchObject({ tracer: 0 });
    });

    if (backend === 'soft-dirty') {
      it('clear_refs clears everything, what was remembered too', async () => {
        const page = await cleared(10);
        await target.fill(page, 10);
        await operate('CLEAR', page, 5);
        await source.clearRefs?.();
        expect(await get(page, 10)).toEqual([]);
        await target.write(page + 7);
        expect(await get(page, 10)).toEqual([7]);
      });
    }

    if (getAndClear !== 'emulated-racy' || backend === 'compare') {
      const { rounds } = conformance;
      it(`T106: in ${rounds} rounds by 4 threads no write is lost and none is false, with samples in between`, async () => {
        const THREADS = 4;
        const PAGES = 64;
        const AREA = THREADS * PAGES * 2;
        const page = await map(AREA);
        await operate('CLEAR', page, AREA);
        const folder = memoryFolder();
        const path = join(folder, 'control');
        writeFileSync(path, Buffer.alloc(PAGE_SIZE));
        const fd = openSync(path, 'r+');
        const control = call('mmap', SYS.mmap, 0, PAGE_SIZE, READ_WRITE, MMAP.MAP_SHARED, fd, 0);
        // Between two threads' pages are as many that no thread writes.
        const tasks = upTo(THREADS).map((i) => ({
          page: page + i * PAGES * 2,
          count: PAGES,
          rounds,
        }));
        await target.send({ op: 'handshakes', path, tasks });
        const reported = tasks.map(() => new Set<number>());
        const acknowledged = tasks.map(() => 0);
        let missing = 0;
        let invented = 0;
        let looks = 0;
        const announcedNow = () => tasks.map((_, i) => loadWord(control + i * 16));
        // Threads start slowly, more so while they are stopped repeatedly.
        while (announcedNow().includes(0)) await sleep(5);
        while (acknowledged.some((round) => round < rounds)) {
          // Read before the sample: what was announced by then must be in this sample or an earlier one.
          const announced = announcedNow();
          const all = looks++ % 2 === 0;
          for (const i of await (all ? take('interval', page, AREA) : getClear(page, AREA))) {
            if (i % (PAGES * 2) < PAGES) reported[Math.floor(i / PAGES / 2)]?.add(i);
            else invented++;
          }
          announced.forEach((round, i) => {
            if (round === acknowledged[i]) return;
            missing += PAGES - (reported[i]?.size ?? 0);
            reported[i]?.clear();
            acknowledged[i] = round;
            storeWord(BigInt(control + i * 16 + 8), BigInt(round));
          });
          await sleep(0);
        }
        call('munmap', SYS.munmap, control, PAGE_SIZE);
        closeSync(fd);
        rmSync(folder, { recursive: true });
        expect({ missing, invented }).toEqual({ missing: 0, invented: 0 });
      });
    }

    it('reports the end of the program once, and refuses calls from then on', async () => {
      const ending = await conformance.start();
      const events: SourceEvent[] = [];
      const ended = new Promise((resolve) => {
        ending.source.onEvent((event) => {
          events.push(event);
          resolve(event);
        });
      });
      await ending.target.kill();
      expect(await ended).toMatchObject({ type: 'ended', reason: 'exit' });
      const sample = { mode: 'hold' as const, tiles: new TileSet(), state: false };
      await expect(ending.source.sample(sample)).rejects.toMatchObject({ kind: 'program-ended' });
      expect(events).toHaveLength(1);
      await ending.source.close();
    });

    it('leaves the program unchanged when it is closed', async () => {
      await source.close();
      expect(marks(target.pid)).toMatchObject({ tracer: 0 });
      expect(registeredVmas(target.pid)).toBe(0);
      await target.write(await map(1));
    });
  });
}
