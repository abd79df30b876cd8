import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { MMAP, SYS } from '../../syscalls/constants.ts';
import { READ_WRITE, memoryFolder, upTo, type ConformanceRig } from './conformance-rig.ts';

const { PROT_READ } = MMAP;

/** Mappings that change, appear, grow, move and disappear; memory of files and of others. */
export function describeMappings(rig: ConformanceRig): void {
  const { take, operate, get, getClear, map, cleared, read, protect, vmaAt, traits } = rig;

  /** Whether `page`, which is written, counts so: at first, cleared, read-only, writable again, written again. */
  const statesOf = async (page: number): Promise<number[]> => {
    const states = [(await get(page, 1)).length];
    await operate('CLEAR', page, 1);
    states.push((await get(page, 1)).length);
    await protect(page, 1, PROT_READ);
    states.push((await get(page, 1)).length);
    await protect(page, 1, READ_WRITE);
    states.push((await get(page, 1)).length);
    await rig.target.write(page);
    states.push((await get(page, 1)).length);
    return states;
  };

  it('T39–T43: mprotect neither sets nor loses the state, and a write after it is seen', async () => {
    const page = await cleared(1);
    await rig.target.write(page);
    expect(await statesOf(page)).toEqual([1, 0, 0, 0, 1]);
  });

  it('T44–T48: the same on a shared file', async () => {
    const folder = memoryFolder();
    const file = join(folder, 'file');
    writeFileSync(file, Buffer.alloc(PAGE_SIZE, 1));
    const fd = await rig.target.send({ op: 'open', path: file, writable: true });
    const address = await rig.target.call(SYS.mmap, 0, PAGE_SIZE, READ_WRITE, MMAP.MAP_SHARED, fd, 0);
    const page = address / PAGE_SIZE;
    // Sampled before it is touched: for pages present earlier it is not known whether they were written or read.
    await vmaAt(page);
    await rig.target.write(page);
    expect(await statesOf(page)).toEqual([1, 0, 0, 0, 1]);
    await rig.target.unmap(page, 1);
    rmSync(folder, { recursive: true });
  });

  it('reports the written pages of a new mapping once, and not those that were read', async () => {
    await take('interval', 0, 0);
    const page = await map(600);
    await rig.target.write(page + 7);
    await read(page + 8);
    expect(await take('interval', page, 600)).toEqual([7]);
    expect(await take('interval', page, 600)).toEqual([]);
    await rig.target.write(page + 9);
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
    await rig.target.unmap(page, 5);
    const flags = MMAP.MAP_PRIVATE | MMAP.MAP_ANONYMOUS | MMAP.MAP_FIXED;
    await rig.target.call(SYS.mmap, page * PAGE_SIZE, 5 * PAGE_SIZE, READ_WRITE, flags, -1, 0);
    expect(await get(page, 5)).toEqual(all);
    await rig.target.write(page + 1);
    expect(await getClear(page, 5)).toEqual(traits.news ? all : [1]);
    expect(await get(page, 5)).toEqual([]);
    expect((await vmaAt(page)).softDirty).toBe(false);
  });

  it('reports nothing of unmapped memory', async () => {
    const page = await cleared(30);
    await rig.target.fill(page, 30);
    // Remembered, if clearing is emulated.
    await operate('CLEAR', page, 1);
    await rig.target.unmap(page + 10, 10);
    expect(await get(page, 30)).toEqual(upTo(30).filter((i) => i > 0 && (i < 10 || i >= 20)));
  });

  it('follows a heap that grows, a mapping that grows in place and one that moves', async () => {
    const brk = Math.ceil((await rig.target.call(SYS.brk, 0)) / PAGE_SIZE);
    await take('interval', 0, 0);
    await rig.target.call(SYS.brk, (brk + 50) * PAGE_SIZE);
    await rig.target.write(brk + 10);
    expect(await take('interval', brk, 50)).toEqual([10]);

    const page = await map(64);
    await rig.target.fill(page, 16);
    await rig.target.unmap(page + 16, 48);
    await take('interval', 0, 0);
    const grown = await rig.target.call(SYS.mremap, page * PAGE_SIZE, 16 * PAGE_SIZE, 40 * PAGE_SIZE, 0);
    expect(grown).toBe(page * PAGE_SIZE);
    await rig.target.write(page + 3, page + 30);
    // Earlier pages may count too: the VMA changed.
    expect(await take('interval', page, 40)).toEqual(expect.arrayContaining([3, 30]));

    const place = await map(40);
    const fixed = MMAP.MREMAP_MAYMOVE | 2;
    const [from, to, length] = [page * PAGE_SIZE, place * PAGE_SIZE, 40 * PAGE_SIZE];
    await rig.target.call(SYS.mremap, from, length, length, fixed, to);
    await rig.target.write(place + 1);
    // Every present page was moved here; if moves and writes are distinguished, as touched.
    expect(await take('interval', place, 40)).toEqual(traits.movesTouched ? [] : [...upTo(16), 30]);
    await rig.target.write(place + 2);
    expect(await take('interval', place, 40)).toEqual([2]);
  });

  it('distinguishes writes from reads in shared memory', async () => {
    const page = await rig.target.map(1200, { shared: true });
    await rig.target.write(page + 2);
    await operate('CLEAR', page, 1200);
    await read(page + 2, page + 3, page + 600);
    await rig.target.write(page + 4, page + 601);
    expect(await take('hold', page, 1200)).toEqual([4, 601]);
    expect(await getClear(page, 1200, 1)).toEqual([4]);
    expect(await take('interval', page, 1200)).toEqual([601]);
    await read(page + 7);
    expect(await rig.target.send({ op: 'fork', page: page + 7 })).toBe(7);
    expect(await take('interval', page, 1200)).toEqual(traits.foreignWrites ? [7] : []);
  });

  it('reports private writes to a file, and not what is only read of it', async () => {
    const folder = memoryFolder();
    const file = join(folder, 'file');
    writeFileSync(file, Buffer.alloc(100 * PAGE_SIZE, 1));
    const fd = await rig.target.send({ op: 'open', path: file });
    const length = 100 * PAGE_SIZE;
    const address = await rig.target.call(SYS.mmap, 0, length, READ_WRITE, MMAP.MAP_PRIVATE, fd, 0);
    const page = address / PAGE_SIZE;
    await read(page, page + 1, page + 2);
    await rig.target.write(page + 1);
    expect(await take('interval', page, 100)).toEqual([1]);
    await read(...upTo(100).map((i) => page + i));
    await rig.target.write(page + 1, page + 50);
    expect(await take('interval', page, 100)).toEqual([1, 50]);
    await rig.target.unmap(page, 100);
    rmSync(folder, { recursive: true });
  });
}
