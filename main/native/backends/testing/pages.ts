import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PAGES_PER_TILE, PAGE_SIZE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { MMAP } from '../../syscalls/constants.ts';
import { READ_WRITE, upTo, type ConformanceRig } from './conformance-rig.ts';

const { PROT_NONE } = MMAP;
const MADV_POPULATE_READ = 22;
const MADV_POPULATE_WRITE = 23;

/** Kinds of pages, large memory and many VMAs. */
export function describePages(rig: ConformanceRig): void {
  const { take, operate, get, getClear, map, cleared, read, protect, advise, traits } = rig;

  it('T37, T38, T97: a huge page', async () => {
    const page = Math.ceil((await map(1536)) / PAGES_PER_TILE) * PAGES_PER_TILE;
    await advise(page, 1024, MMAP.MADV_HUGEPAGE);
    await rig.target.fill(page, 1024);
    await operate('CLEAR', page, 1024);
    await rig.target.write(page + 100);
    const whole = upTo(PAGES_PER_TILE);
    expect(await getClear(page, 1024)).toEqual(traits.hugePageWhole ? whole : [100]);
    await rig.target.write(page + 700);
    await operate('CLEAR', page, PAGES_PER_TILE);
    const second = traits.hugePageWhole ? whole.map((i) => i + PAGES_PER_TILE) : [700];
    expect(await get(page, 1024)).toEqual(second);
    await rig.target.unmap(page, 1024);
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
    await rig.target.write(page + 5, page + 45);
    expect(await take('interval', page, 50)).toEqual([5, 45]);
    await protect(page + 20, 10, READ_WRITE);
    await rig.target.write(page + 22);
    expect(await take('interval', page, 50)).toEqual([22]);
  });

  it('T113–T115: the zero page is not written, and memory that was given back starts anew', async () => {
    const page = await map(20);
    await operate('CLEAR', page, 20);
    await read(page + 1);
    await rig.target.write(page + 2);
    expect(await take('interval', page, 20)).toEqual([2]);
    await advise(page, 20, MMAP.MADV_DONTNEED);
    await read(page + 2, page + 3);
    expect(await take('interval', page, 20)).toEqual([]);
    await rig.target.write(page + 2);
    expect(await take('interval', page, 20)).toEqual([2]);
  });

  it('returns the state of pages', async () => {
    const page = await map(8);
    await rig.target.write(page + 1);
    await read(page + 3);
    const tiles = new TileSet();
    await rig.source.sample({ mode: 'hold', tiles, state: true });
    const present = upTo(8).filter((i) => tiles.test(Plane.Present, page + i));
    expect(present).toEqual([1, 3]);
    expect(tiles.test(Plane.Zero, page + 1)).toBe(false);
  });

  it('reads bytes and returns why a page counts as written', async () => {
    const page = await cleared(2);
    await rig.target.write(page);
    const bytes = await rig.source.bytes(page, 2);
    expect(bytes.length).toBe(2 * PAGE_SIZE);
    expect(bytes.subarray((page % 61) * 8, (page % 61) * 8 + 8).some((byte) => byte !== 0)).toBe(true);
    expect((await rig.source.walk(page)).reason).toMatch(/^(Written|Counts as written)/);
    await operate('CLEAR', page, 1);
    const { reason, pagemap } = await rig.source.walk(page);
    expect(reason).toMatch(/^(Not written|No write seen)/);
    expect(pagemap).not.toBeNull();
  });

  it('an untouched mapping of 64 GiB costs no page tables, and its one page is found', async () => {
    const pages = 2 ** 24;
    const page = await map(pages);
    const tables = () =>
      Number(/VmPTE:\s*(\d+)/.exec(readFileSync(`/proc/${rig.target.pid}/status`, 'latin1'))?.[1]);
    await take('interval', 0, 0);
    const before = tables();
    await rig.target.write(page + 2 ** 23);
    const found = async () => {
      const tiles = new TileSet();
      await rig.source.sample({ mode: 'interval', tiles, state: true });
      return tiles.runs(Plane.Written).filter(([start]) => start >= page && start < page + pages);
    };
    const one = [[page + 2 ** 23, page + 2 ** 23 + 1]];
    expect(await found()).toEqual(one);
    expect(await found()).toEqual([]);
    await rig.target.write(page + 2 ** 23);
    expect(await found()).toEqual(one);
    await rig.target.write(page + 2 ** 23, page + 5, page + pages - 1);
    expect(await found()).toEqual([[page + 5, page + 6], ...one, [page + pages - 1, page + pages]]);
    expect(tables() - before).toBeLessThan(64);
    await rig.target.unmap(page, pages);
  });

  it(`follows ${rig.conformance.vmas} VMAs`, async () => {
    const count = rig.conformance.vmas;
    const page = await map(count);
    // Every other page read-only: each is a separate VMA.
    await rig.target.send({ op: 'protect-alternate', page, count });
    await take('interval', 0, 0);
    await rig.target.write(page, page + 2, page + count - 2);
    expect(await take('interval', page, count)).toEqual([0, 2, count - 2]);
    const { vmas } = await rig.source.sample({ mode: 'hold', tiles: new TileSet(), state: false });
    expect(vmas.length).toBeGreaterThan(count * 0.95);
    expect(vmas.filter((vma) => vma.start >= page && vma.end <= page + count && !vma.tracked)).toEqual([]);
    await rig.target.unmap(page, count);
  });
}
