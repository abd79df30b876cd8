import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { MMAP, PAGE_IS, SYS } from '../syscalls/constants.ts';
import { marks, registeredVmas } from '../testing/marks.ts';
import { openWriteProtect, pagesOf, trackedTargets } from '../testing/tracked-targets.ts';

/** asm/unistd_64.h */
const [PWRITE, FTRUNCATE, MEMFD_CREATE] = [18, 77, 319];

const track = trackedTargets(openWriteProtect);

describe('WriteProtectTracker', () => {
  it('reports exactly the pages that were written, and each once', async () => {
    const { target, tracker, list } = await track();
    const page = await target.map(1000);
    await target.fill(page, 1000);
    const range = { start: page, end: page + 1000 };
    tracker.read('get-and-clear', list, range);
    expect(list.pages).toBe(1000);
    await target.write(page + 3, page + 4, page + 999);
    tracker.read('get', list, range);
    expect(pagesOf(list, page)).toEqual([3, 4, 999]);
    tracker.read('get-and-clear', list, range);
    expect(pagesOf(list, page)).toEqual([3, 4, 999]);
    tracker.read('get', list, range);
    expect(list.count).toBe(0);
    expect(marks(target.pid)).toMatchObject({ tracer: 0 });
    expect(registeredVmas(target.pid)).toBeGreaterThan(10);
  });

  it('reports what was written to a new mapping before its access rights were taken away', async () => {
    const { target, tracker, list } = await track(false);
    // For its first second it is compared by content, unless it was seen untouched beside memory of ours.
    const written = async (): Promise<number> => {
      for (;;) {
        const page = await target.map(4);
        await target.fill(page, 4);
        tracker.read('get-and-clear', list);
        expect(pagesOf(list, page, page + 4)).toEqual([0, 1, 2, 3]);
        const vma = tracker.vmas.find(({ start, end }) => start <= page && page < end);
        if (vma?.tracking === 'compared') return page;
      }
    };
    const page = await written();
    await target.write(page + 2);
    await target.call(SYS.mprotect, page * PAGE_SIZE, 4 * PAGE_SIZE, MMAP.PROT_NONE);
    tracker.read('get-and-clear', list);
    expect(pagesOf(list, page, page + 4)).toEqual([2]);
    await target.call(SYS.mprotect, page * PAGE_SIZE, 4 * PAGE_SIZE, MMAP.PROT_READ);
    tracker.read('get-and-clear', list);
    expect(pagesOf(list, page, page + 4)).toEqual([]);
  });

  it('reports pages of a mapping that appeared since, once; of an empty one nothing', async () => {
    const { target, tracker, list } = await track();
    const page = await target.map(600);
    tracker.read('get-and-clear', list);
    expect(pagesOf(list, page, page + 600)).toEqual([]);
    const other = await target.map(600);
    await target.write(other + 7);
    await target.send({ op: 'read', pages: [other + 8] });
    tracker.read('get-and-clear', list);
    expect(pagesOf(list, other, other + 600)).toEqual([7]);
    tracker.read('get-and-clear', list);
    expect(pagesOf(list, other, other + 600)).toEqual([]);
  });

  it('detects a mapping that was replaced by another at the same address', async () => {
    const { target, tracker, list } = await track();
    const page = await target.map(64);
    await target.fill(page, 64);
    tracker.read('get-and-clear', list);
    await target.unmap(page, 64);
    const flags = MMAP.MAP_PRIVATE | MMAP.MAP_ANONYMOUS | MMAP.MAP_FIXED;
    await target.call(SYS.mmap, page * PAGE_SIZE, 64 * PAGE_SIZE, 3, flags, -1, 0);
    await target.write(page + 5);
    tracker.read('get', list);
    expect(pagesOf(list, page, page + 64)).toEqual([5]);
    tracker.read('get-and-clear', list);
    expect(pagesOf(list, page, page + 64)).toEqual([5]);
    await target.write(page + 6);
    tracker.read('get-and-clear', list);
    expect(pagesOf(list, page, page + 64)).toEqual([6]);
  });

  it('follows a heap that grows, a mapping that grows in place and one that moves', async () => {
    const { target, tracker, list } = await track();
    const end = (await target.call(SYS.brk, 0)) / PAGE_SIZE;
    tracker.read('get-and-clear', list);
    await target.call(SYS.brk, (end + 50) * PAGE_SIZE);
    await target.write(Math.ceil(end) + 10);
    tracker.read('get-and-clear', list);
    expect(pagesOf(list, Math.ceil(end), Math.ceil(end) + 50)).toEqual([10]);

    const page = await target.map(64);
    await target.fill(page, 16);
    await target.unmap(page + 16, 48);
    tracker.read('get-and-clear', list);
    const grown = await target.call(SYS.mremap, page * PAGE_SIZE, 16 * PAGE_SIZE, 40 * PAGE_SIZE, 0);
    expect(grown).toBe(page * PAGE_SIZE);
    await target.write(page + 3, page + 30);
    tracker.read('get-and-clear', list);
    expect(pagesOf(list, page, page + 40)).toEqual([3, 30]);

    const place = await target.map(40);
    const MAYMOVE_FIXED = 3;
    await target.call(
      SYS.mremap,
      page * PAGE_SIZE,
      40 * PAGE_SIZE,
      40 * PAGE_SIZE,
      MAYMOVE_FIXED,
      place * PAGE_SIZE,
    );
    await target.write(place + 1);
    tracker.read('get-and-clear', list);
    // The kernel drops the tracking of what moves: all that has a page counts as written.
    expect(pagesOf(list, place, place + 40)).toEqual([...Array.from({ length: 16 }, (_, i) => i), 30]);
    await target.write(place + 2);
    tracker.read('get-and-clear', list);
    expect(pagesOf(list, place, place + 40)).toEqual([2]);
  });

  it('distinguishes writes from reads in shared memory, also in pages that others made', async () => {
    const { target, tracker, list } = await track();
    const page = await target.map(1200, { shared: true });
    await target.write(page + 2);
    tracker.read('get-and-clear', list);
    expect(pagesOf(list, page, page + 1200)).toEqual([2]);
    await target.send({ op: 'read', pages: [page + 2, page + 3, page + 600] });
    await target.write(page + 4, page + 601);
    tracker.read('get', list);
    expect(pagesOf(list, page, page + 1200)).toEqual([4, 601]);
    tracker.read('get-and-clear', list, { start: page, end: page + 1200 }, 1);
    expect(pagesOf(list, page)).toEqual([4]);
    tracker.read('get-and-clear', list);
    expect(pagesOf(list, page, page + 1200)).toEqual([601]);
    expect(await target.send({ op: 'fork', page: page + 7 })).toBe(7);
    tracker.read('get', list);
    expect(pagesOf(list, page, page + 1200)).toEqual([]);
  });

  it('keeps the written pages of new shared memory until they are cleared', async () => {
    const { target, tracker, list } = await track();
    const page = await target.map(1200, { shared: true });
    await target.write(page, page + 1, page + 2, page + 900);
    const range = { start: page, end: page + 1200 };
    tracker.read('get', list, range);
    expect(pagesOf(list, page)).toEqual([0, 1, 2, 900]);
    tracker.read('get', list, range, 2);
    expect(pagesOf(list, page)).toEqual([0, 1]);
    tracker.read('get-and-clear', list, range, 3);
    expect(pagesOf(list, page)).toEqual([0, 1, 2]);
    await target.write(page + 1);
    tracker.read('get-and-clear', list, range, 1);
    expect(pagesOf(list, page)).toEqual([1]);
    tracker.read('get', list, range);
    expect(pagesOf(list, page)).toEqual([900]);
    tracker.clear({ start: page + 800, end: page + 1000 });
    tracker.read('get', list, range);
    expect(list.count).toBe(0);
  });

  it('reports for each mapping of a memfd what was written through it, and nothing of write(2)', async () => {
    const { target, tracker, list } = await track();
    const [buffer] = [await target.map(1), await target.map(1)];
    await target.fill(buffer, 1);
    // Its name: the zeros after the byte that was written.
    const fd = await target.call(MEMFD_CREATE, buffer * PAGE_SIZE + 8, 0);
    await target.call(FTRUNCATE, fd, 8 * PAGE_SIZE);
    const map = async () =>
      (await target.call(SYS.mmap, 0, 8 * PAGE_SIZE, 3, MMAP.MAP_SHARED, fd, 0)) / PAGE_SIZE;
    const [a, b] = [await map(), await map()];
    const written = () => {
      tracker.read('get-and-clear', list);
      return [pagesOf(list, a, a + 8), pagesOf(list, b, b + 8)];
    };
    // maps is read at a bounded rate: a page that was read before its mapping was seen is reported as touched.
    await expect
      .poll(() => {
        expect(written()).toEqual([[], []]);
        return [a, b].every((page) => tracker.vmas.some(({ start }) => start === page));
      })
      .toBe(true);
    await target.write(a + 3);
    await target.send({ op: 'read', pages: [b + 3] });
    expect(written()).toEqual([[3], []]);
    await target.write(b + 3, b + 4);
    await target.send({ op: 'read', pages: [a + 4] });
    expect(written()).toEqual([[], [3, 4]]);
    expect(await target.call(PWRITE, fd, buffer * PAGE_SIZE, 10, 6 * PAGE_SIZE)).toBe(10);
    await target.send({ op: 'read', pages: [a + 6, b + 6] });
    expect(written()).toEqual([[], []]);
  });

  it('reports private writes to a file, and not what is only read of it', async () => {
    const { target, tracker, list } = await track();
    const file = join(mkdtempSync(join(tmpdir(), 'mapped-')), 'file');
    writeFileSync(file, Buffer.alloc(100 * PAGE_SIZE, 1));
    const fd = await target.send({ op: 'open', path: file });
    const address = await target.call(SYS.mmap, 0, 100 * PAGE_SIZE, 3, MMAP.MAP_PRIVATE, fd, 0);
    const page = address / PAGE_SIZE;
    await target.send({ op: 'read', pages: [page, page + 1, page + 2] });
    await target.write(page + 1);
    tracker.read('get-and-clear', list);
    expect(pagesOf(list, page, page + 100)).toEqual([1]);
    await target.send({ op: 'read', pages: Array.from({ length: 100 }, (_, i) => page + i) });
    await target.write(page + 1, page + 50);
    tracker.read('get-and-clear', list);
    expect(pagesOf(list, page, page + 100)).toEqual([1, 50]);
    rmSync(file);
  });

  it('splits a huge page at its first write and reports that page alone', async () => {
    const { target, tracker, list } = await track();
    const page = await target.map(1024, { huge: true });
    await target.fill(page, 1024);
    tracker.read('get-and-clear', list);
    const range = { start: page, end: page + 1024 };
    const huge = () => {
      tracker.state(list, range);
      let count = 0;
      for (let i = 0; i < list.count; i++) {
        if ((list.categories(i) & PAGE_IS.HUGE) !== 0) count += list.end(i) - list.start(i);
      }
      return count;
    };
    expect(huge()).toBe(1024);
    await target.write(page + 100);
    tracker.read('get-and-clear', list, range);
    expect(pagesOf(list, page)).toEqual([100]);
    expect(huge()).toBe(512);
  });

  it('costs an untouched mapping of 64 GiB nothing', async () => {
    const { target, tracker, list } = await track();
    const page = await target.map(2 ** 24);
    const tables = () =>
      Number(/VmPTE:\s*(\d+)/.exec(readFileSync(`/proc/${target.pid}/status`, 'latin1'))?.[1]);
    tracker.read('get-and-clear', list);
    const before = tables();
    await target.write(page + 2 ** 23);
    for (let i = 0; i < 3; i++) tracker.read('get-and-clear', list);
    tracker.clear();
    expect(tables() - before).toBeLessThan(64);
    await target.write(page + 2 ** 23);
    tracker.read('get-and-clear', list);
    expect(pagesOf(list, page, page + 2 ** 24)).toEqual([2 ** 23]);
  });

  it('follows 10,000 VMAs', async () => {
    const { target, tracker, list } = await track();
    const page = await target.map(20_000);
    // Every other page read-only: each is a separate VMA.
    await target.send({ op: 'protect-alternate', page, count: 20_000 });
    tracker.read('get-and-clear', list);
    await target.write(page, page + 2, page + 19_998);
    tracker.read('get-and-clear', list);
    expect(pagesOf(list, page, page + 20_000)).toEqual([0, 2, 19_998]);
    // Reading maps takes a bounded share of the time: the list itself may come a little later.
    await vi.waitFor(
      () => {
        tracker.read('get-and-clear', list);
        expect(tracker.vmas.length).toBeGreaterThan(19_000);
      },
      { timeout: 20_000 },
    );
    expect(pagesOf(list, page, page + 20_000)).toEqual([]);
    expect(
      tracker.vmas.filter((vma) => vma.start >= page && vma.end <= page + 20_000 && !vma.tracked),
    ).toEqual([]);
  });

  it('names untrackable mappings, with the reason', async () => {
    const { tracker } = await track();
    const vdso = tracker.vmas.find((vma) => vma.name === '[vdso]');
    expect(vdso).toMatchObject({ kind: 'special', tracked: false });
    expect(vdso?.untracked).toMatch(/kernel/);
    expect(tracker.vmas.find((vma) => vma.name === '[heap]')).toMatchObject({ kind: 'heap', tracked: true });
    expect(tracker.vmas.find((vma) => vma.name === '[stack]')).toMatchObject({ tracked: true });
  });

  it('detects the end', async () => {
    const { target, tracker, list } = await track();
    expect(tracker.alive()).toBe(true);
    await target.kill();
    expect(tracker.alive()).toBe(false);
    expect(() => tracker.read('get', list)).toThrow(/has ended or called exec/);
  });
});
