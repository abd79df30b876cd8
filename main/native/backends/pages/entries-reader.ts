import { readSync } from 'node:fs';
import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { WholeFile } from '../../process/read-whole.ts';
import { PAGE_IS } from '../../syscalls/constants.ts';
import type { ScanQuery } from '../../tracking/pagemap-scan.ts';
import type { RegionList } from '../../tracking/region-list.ts';
import type { PageReader } from './page-reader.ts';
import { readSmaps, type SmapsVma } from './smaps.ts';

/** Bits of the high half of a pagemap entry (Documentation/admin-guide/mm/pagemap.rst), less 32. */
const BIT = {
  softDirty: 1 << 23,
  exclusive: 1 << 24,
  guard: 1 << 26,
  file: 1 << 29,
  swapped: 1 << 30,
  present: 1 << 31,
} as const;
const INTERESTING = BIT.softDirty | BIT.exclusive | BIT.guard | BIT.file | BIT.swapped | BIT.present;

/** Entries read at once: 1 MiB. */
const CHUNK_PAGES = 2 ** 17;
/** A gap between VMAs that is cheaper to read over than to read around. */
const GAP_PAGES = 64;
/** A VMA larger than 256 MiB is looked up in smaps before its entries are read. */
const LARGE_PAGES = 2 ** 16;
/** With at least this share of it in memory, it is read from end to end. */
const DENSE = 1 / 8;

/**
 * The same answers out of /proc/PID/pagemap, for kernels before 6.7: 33 ns a page, holes included. Reservations of many
 * gigabytes would cost seconds, so what smaps counts decides how much of a large VMA is read: nothing where it has no
 * page, and otherwise until as many pages were found as it has, first where some were the last time. (It does not count
 * the zero page, which may be left out there; nobody wrote it.)
 *
 * WPALLOWED, WRITTEN and HUGE are not in these entries. PFNZERO is every page that is neither a file's nor this
 * process's alone: the zero page, and pages shared since a fork.
 */
export class EntriesReader implements PageReader {
  readonly knowsZeroPages = false;
  private readonly fd: number;
  private readonly smaps: WholeFile;
  private readonly vmas: () => readonly Vma[];
  private readonly chunk = new Uint32Array(CHUNK_PAGES * 2);
  /** Tiles of large VMAs in which there were pages. */
  private readonly occupied = new Set<number>();

  /** Open files of one process; `vmas` must be up to date at each `read`. */
  constructor(pagemap: number, smaps: number, vmas: () => readonly Vma[]) {
    this.fd = pagemap;
    this.smaps = new WholeFile(smaps);
    this.vmas = vmas;
  }

  read(query: ScanQuery, start: number, end: number, out: RegionList): void {
    let counts: Map<number, SmapsVma> | null = null;
    let from = 0;
    let to = 0;
    const flush = () => {
      if (from < to) this.readSpan(from, to, query, out);
      from = to;
    };
    for (const vma of this.vmas()) {
      const first = Math.max(vma.start, start);
      const last = Math.min(vma.end, end);
      if (first >= last) continue;
      if (last - first > LARGE_PAGES) {
        flush();
        counts ??= readSmaps(this.smaps, LARGE_PAGES);
        this.readLarge(counts.get(vma.start), vma, first, last, query, out);
        to = from = last;
      } else {
        if (first - to > GAP_PAGES) {
          flush();
          from = first;
        }
        to = last;
      }
    }
    flush();
  }

  private readSpan(start: number, end: number, query: ScanQuery, out: RegionList): void {
    const run = new Run(query, out);
    for (let page = start; page < end; page += CHUNK_PAGES) {
      const count = this.fetch(page, Math.min(CHUNK_PAGES, end - page));
      run.add(page, this.chunk, count);
    }
    run.end(end);
  }

  private readLarge(
    counted: SmapsVma | undefined,
    vma: Vma,
    start: number,
    end: number,
    query: ScanQuery,
    out: RegionList,
  ): void {
    // It is not what it was when maps was read: only its entries tell.
    if (counted?.end !== vma.end) return this.readSpan(start, end, query, out);
    const shared = vma.kind === 'anon-shared' || vma.kind === 'file-shared';
    // Shared memory's pages in swap have no entry.
    const expected = counted.resident + (shared ? 0 : counted.swapped);
    if (expected > (end - start) * DENSE) return this.readSpan(start, end, query, out);
    const hole = counted.softDirty ? BIT.softDirty : 0;
    let at = start;
    for (const tile of expected === 0 ? [] : this.tilesOf(start, end, expected)) {
      const from = Math.max(start, tile * PAGES_PER_TILE);
      const to = Math.min(end, (tile + 1) * PAGES_PER_TILE);
      pushRun(query, hole, at, from, out);
      this.readSpan(from, to, query, out);
      at = to;
    }
    pushRun(query, hole, at, end, out);
  }

  /** The tiles of pages `start` … `end` - 1 in which there are entries, ascending. */
  private tilesOf(start: number, end: number, expected: number): number[] {
    const first = tileOfPage(start);
    const last = tileOfPage(end - 1);
    const tiles = [...this.occupied].filter((tile) => tile >= first && tile <= last);
    let found = 0;
    const look = (tile: number, at: number) => {
      const base = tile * PAGES_PER_TILE;
      // The tiles at both ends may hold pages of other VMAs.
      const from = Math.max(start, base) - base;
      const to = Math.min(end, base + PAGES_PER_TILE) - base;
      const certain = this.countIn(at + from * 2, at + to * 2);
      if (certain < 0) this.occupied.delete(tile);
      else this.occupied.add(tile);
      found += Math.max(0, certain);
    };
    for (const tile of tiles) {
      this.chunk.fill(0, 0, PAGES_PER_TILE * 2);
      this.fetch(tile * PAGES_PER_TILE, PAGES_PER_TILE);
      look(tile, 0);
    }
    const step = CHUNK_PAGES / PAGES_PER_TILE;
    const known = new Set(tiles);
    for (let tile = first; tile <= last && found < expected; tile += step) {
      const count = Math.min(step, last + 1 - tile);
      this.fetch(tile * PAGES_PER_TILE, count * PAGES_PER_TILE);
      for (let i = 0; i < count; i++) if (!known.has(tile + i)) look(tile + i, i * PAGES_PER_TILE * 2);
    }
    return [...this.occupied].filter((tile) => tile >= first && tile <= last).sort((a, b) => a - b);
  }

  /** Entries among words `from` … `to` - 1 of the chunk that smaps counts too (not the zero page); -1: none at all. */
  private countIn(from: number, to: number): number {
    let any = false;
    let certain = 0;
    for (let i = from + 1; i < to; i += 2) {
      const high = this.chunk[i];
      if ((high & (BIT.present | BIT.swapped)) === 0) continue;
      any = true;
      if ((high & (BIT.file | BIT.exclusive | BIT.swapped)) !== 0) certain++;
    }
    return any ? certain : -1;
  }

  /** Reads `count` entries into the chunk; fewer where the address space ends. */
  private fetch(page: number, count: number): number {
    const bytes = count * 8;
    let length = 0;
    while (length < bytes) {
      const read = readSync(this.fd, this.chunk, length, bytes - length, page * 8 + length);
      if (read === 0) break;
      length += read;
    }
    return length / 8;
  }
}

/** Joins entries that are alike. */
class Run {
  private readonly query: ScanQuery;
  private readonly out: RegionList;
  private start = 0;
  private bits = 0;

  constructor(query: ScanQuery, out: RegionList) {
    this.query = query;
    this.out = out;
  }

  add(page: number, entries: Uint32Array, count: number): void {
    let { bits } = this;
    for (let i = 0; i < count; i++) {
      const now = entries[i * 2 + 1] & INTERESTING;
      if (now === bits) continue;
      this.end(page + i);
      this.start = page + i;
      this.bits = bits = now;
    }
  }

  end(page: number): void {
    pushRun(this.query, this.bits, this.start, page, this.out);
    this.bits = 0;
  }
}

function pushRun(query: ScanQuery, bits: number, start: number, end: number, out: RegionList): void {
  if (bits === 0 || start >= end) return;
  const categories = categoriesOf(bits);
  if (((categories ^ query.inverted) & query.mask) !== query.mask) return;
  if (query.anyOf !== 0 && (categories & query.anyOf) === 0) return;
  out.push(start, end, categories & query.returned);
}

function categoriesOf(bits: number): number {
  let categories = 0;
  const present = (bits & BIT.present) !== 0;
  const file = (bits & BIT.file) !== 0;
  if (present) categories |= PAGE_IS.PRESENT;
  if ((bits & BIT.swapped) !== 0) categories |= PAGE_IS.SWAPPED;
  if (file) categories |= PAGE_IS.FILE;
  if ((bits & BIT.softDirty) !== 0) categories |= PAGE_IS.SOFT_DIRTY;
  if ((bits & BIT.guard) !== 0) categories |= PAGE_IS.GUARD;
  if (present && !file && (bits & BIT.exclusive) === 0) categories |= PAGE_IS.PFNZERO;
  return categories;
}
