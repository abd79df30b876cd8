import { closeSync, openSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { forEachMapsLine, parseMapsLine } from '../../process/maps.ts';
import { WholeFile } from '../../process/read-whole.ts';
import { call } from '../../syscalls/call.ts';
import { MMAP, PAGE_IS, SYS } from '../../syscalls/constants.ts';
import { load, store } from '../../testing/own-bytes.ts';
import type { ScanQuery } from '../../tracking/pagemap-scan.ts';
import { RegionList } from '../../tracking/region-list.ts';
import { EntriesReader } from './entries-reader.ts';
import { ScanReader } from './page-reader.ts';
import { readSmaps } from './smaps.ts';

const { PRESENT, SWAPPED, FILE, PFNZERO } = PAGE_IS;
const queryOf = (mask: number, inverted = 0, anyOf = 0): ScanQuery => ({
  mask,
  inverted,
  anyOf,
  returned: PRESENT | SWAPPED | FILE,
});
const QUERIES = [
  queryOf(0, 0, PRESENT | SWAPPED),
  queryOf(PRESENT | FILE, FILE),
  queryOf(PRESENT | FILE),
  queryOf(FILE, 0, PRESENT | SWAPPED),
];

let pagemap: number;
let smaps: number;
const mapped: [number, number][] = [];

beforeEach(() => {
  pagemap = openSync('/proc/self/pagemap', 'r');
  smaps = openSync('/proc/self/smaps', 'r');
});
afterEach(() => {
  closeSync(pagemap);
  closeSync(smaps);
  for (const [page, pages] of mapped.splice(0))
    call('munmap', SYS.munmap, page * PAGE_SIZE, pages * PAGE_SIZE);
});

function map(pages: number, flags: number = MMAP.MAP_PRIVATE): number {
  const all = flags | MMAP.MAP_ANONYMOUS | MMAP.MAP_NORESERVE;
  const page = call('mmap', SYS.mmap, 0, pages * PAGE_SIZE, 3, all, -1, 0) / PAGE_SIZE;
  mapped.push([page, pages]);
  return page;
}

function vmas(): Vma[] {
  const found: Vma[] = [];
  forEachMapsLine(readFileSync('/proc/self/maps', 'latin1'), (line) => {
    found.push({ ...parseMapsLine(line), tracked: true });
  });
  return found;
}

const pairs = (list: RegionList) =>
  Array.from({ length: list.count }, (_, i) => [list.start(i), list.end(i), list.categories(i)]);

const scan = () => ScanReader.open(pagemap);

describe.runIf(
  (() => {
    const fd = openSync('/proc/self/pagemap', 'r');
    const reader = ScanReader.open(fd);
    closeSync(fd);
    return reader !== null;
  })(),
)('pagemap’s entries answer as PAGEMAP_SCAN does', () => {
  /** Compares the two on a range, with one EntriesReader over time. */
  function compare(reader: EntriesReader, start: number, end: number, zeroPages = true): number {
    let pages = 0;
    for (const query of QUERIES) {
      const [mask, inverted] = [query.mask | PFNZERO, query.inverted | PFNZERO];
      const asked = zeroPages ? query : { ...query, mask, inverted };
      const [expected, found] = [new RegionList(), new RegionList(1)];
      scan()?.read(asked, start, end, expected);
      reader.read(asked, start, end, found);
      expect(pairs(found)).toEqual(pairs(expected));
      pages += found.pages;
    }
    return pages;
  }

  it('on small mappings of several kinds', () => {
    const page = map(300);
    const shared = map(100, MMAP.MAP_SHARED);
    const reader = new EntriesReader(pagemap, smaps, vmas);
    for (let i = 0; i < 300; i += 7) store((page + i) * PAGE_SIZE, 1);
    for (let i = 0; i < 300; i += 50) load((page + i + 1) * PAGE_SIZE);
    for (let i = 0; i < 100; i += 3) store((shared + i) * PAGE_SIZE, 1);
    expect(compare(reader, page, page + 300)).toBeGreaterThan(40);
    expect(compare(reader, shared, shared + 100)).toBeGreaterThan(30);
    expect(compare(reader, shared + 1, shared + 2)).toBe(0);
    // Program text and libraries, which do not change meanwhile.
    for (const vma of vmas().filter(({ kind, exec }) => kind === 'file-private' && exec)) {
      compare(reader, vma.start, vma.end);
    }
  });

  it('on a large sparse mapping whose pages come and go', async () => {
    const PAGES = 2 ** 20;
    const page = map(PAGES);
    call('madvise', SYS.madvise, page * PAGE_SIZE, PAGES * PAGE_SIZE, MMAP.MADV_NOHUGEPAGE);
    const reader = new EntriesReader(pagemap, smaps, vmas);
    const all = async () => {
      await reader.prepare();
      return compare(reader, page, page + PAGES, false);
    };
    expect(await all()).toBe(0);
    // The zero page is in no count, and must not be taken for a page that is.
    for (const i of [5, 600_000, 600_001]) load((page + i) * PAGE_SIZE);
    store((page + 500_000) * PAGE_SIZE, 1);
    await all();
    store((page + PAGES - 1) * PAGE_SIZE, 1);
    await all();
    store(page * PAGE_SIZE, 1);
    for (let i = 0; i < 2000; i++) store((page + 700_000 + i * 3) * PAGE_SIZE, 1);
    expect(await all()).toBeGreaterThan(2000);
    compare(reader, page + 100, page + PAGES - 100, false);
    call('madvise', SYS.madvise, (page + 700_000) * PAGE_SIZE, 9000 * PAGE_SIZE, MMAP.MADV_DONTNEED);
    store((page + 300_000) * PAGE_SIZE, 1);
    await all();
    // Dense from here on.
    for (let i = 0; i < PAGES / 6; i++) store((page + 200_000 + i) * PAGE_SIZE, 1);
    expect(await all()).toBeGreaterThan(PAGES / 6);
  });
});

describe('readSmaps', () => {
  it('counts the pages of large VMAs', () => {
    const page = map(5000);
    call('madvise', SYS.madvise, page * PAGE_SIZE, 5000 * PAGE_SIZE, MMAP.MADV_NOHUGEPAGE);
    for (let i = 0; i < 321; i++) store((page + i * 2) * PAGE_SIZE, 1);
    for (let i = 0; i < 10; i++) load((page + i * 2 + 1) * PAGE_SIZE);
    const found = readSmaps(new WholeFile(smaps), 5000);
    const vma = [...found.values()].find(({ start, end }) => start <= page && page < end);
    expect(vma).toMatchObject({ swapped: 0 });
    // It may have been merged with a neighbour.
    if (vma?.start === page && vma.end === page + 5000) expect(vma.resident).toBe(321);
    expect(vma?.resident).toBeGreaterThanOrEqual(321);
    expect([...found.values()].every(({ start, end }) => end - start >= 5000)).toBe(true);
  });
});
