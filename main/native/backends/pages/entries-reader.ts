import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { WholeFile } from '../../process/read-whole.ts';
import { PAGE_IS, PAGE_WAS } from '../../syscalls/constants.ts';
import type { ScanQuery } from '../../tracking/pagemap-scan.ts';
import type { RegionList } from '../../tracking/region-list.ts';
import { OccupiedTiles } from './occupied-tiles.ts';
import { BIT, CHUNK_PAGES, PagemapEntries } from './pagemap-entries.ts';
import type { PageReader } from './page-reader.ts';
import { readSmaps, type SmapsVma } from './smaps.ts';

const INTERESTING = BIT.softDirty | BIT.exclusive | BIT.guard | BIT.file | BIT.swapped | BIT.present;

/** Gap between VMAs that is cheaper to read than to skip. */
const GAP_PAGES = 64;
/** A VMA larger than 256 MiB is looked up in smaps before its entries are read. */
const LARGE_PAGES = 2 ** 16;
/** With at least this share of it in memory, it is read from end to end. */
const DENSE = 1 / 8;
/** `prepare` yields after this time, in milliseconds. */
const SLICE_MS = 8;

/**
 * The same answers from /proc/PID/pagemap, for kernels before 6.7: 33 ns per page and about 10 ns per page of a hole,
 * which is three seconds per terabyte. So of a large VMA only the tiles that have pages are read, as far as they are
 * known: `prepare` finds them in the background. Pages that it has not found yet are missing in `read`, and are found
 * as soon as smaps counts more than are known. Private ones count as soft-dirty then, since a write made them after the
 * last search; others have PAGE_WAS.TOUCHED as well. (smaps does not count the zero page, which may be left out there;
 * it was never written.)
 *
 * WPALLOWED, WRITTEN and HUGE are not in these entries. PFNZERO is every page that is neither a file's nor this
 * process's alone: the zero page, and pages shared since a fork.
 */
export class EntriesReader implements PageReader {
  readonly knowsZeroPages = false;
  private readonly entries: PagemapEntries;
  private readonly smaps: WholeFile;
  private readonly vmas: () => readonly Vma[];
  private readonly occupied: OccupiedTiles;
  /** What `prepare` read in smaps, of which VMAs, and whether VM_SOFTDIRTY in it was cleared since. */
  private prepared: { of: readonly Vma[]; counts: Map<number, SmapsVma>; cleared: boolean } | null = null;

  /** False: `read` has to search for pages itself. */
  private prepares = false;

  /** Open files of one process; `vmas` must be up to date at each `read`. */
  constructor(pagemap: number, smaps: number, vmas: () => readonly Vma[]) {
    this.entries = new PagemapEntries(pagemap);
    this.occupied = new OccupiedTiles(this.entries);
    this.smaps = new WholeFile(smaps);
    this.vmas = vmas;
  }

  async prepare(budgetMs = Infinity, signal?: AbortSignal): Promise<void> {
    this.prepares = true;
    const vmas = this.vmas();
    const large = vmas.filter(({ start, end }) => end - start > LARGE_PAGES);
    this.occupied.keepOnly(large);
    this.prepared = null;
    if (large.length === 0) return;
    const counts = readSmaps(this.smaps, LARGE_PAGES);
    this.prepared = { of: vmas, counts, cleared: false };
    const began = performance.now();
    let slice = began;
    for (const vma of large) {
      const expected = this.expectedIn(vma, counts);
      if (expected === null) continue;
      for (const step of this.occupied.search(vma, expected)) {
        void step;
        const now = performance.now();
        if (now - began > budgetMs && this.occupied.isSearched(vma)) break;
        if (now - slice < SLICE_MS) continue;
        await yieldToOthers();
        signal?.throwIfAborted();
        slice = performance.now();
      }
    }
  }

  cleared(): void {
    this.occupied.cleared();
    if (this.prepared) this.prepared.cleared = true;
  }

  read(query: ScanQuery, start: number, end: number, out: RegionList): void {
    let counts: ReadonlyMap<number, SmapsVma> | null = null;
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
        counts ??= this.counts();
        this.readLarge(vma, counts, { start: first, end: last }, query, out);
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

  private readSpan(start: number, end: number, query: ScanQuery, out: RegionList, late = false): void {
    const run = new Run(query, out);
    for (let page = start; page < end; page += CHUNK_PAGES) {
      const count = this.entries.fetch(page, Math.min(CHUNK_PAGES, end - page));
      if (late) markLate(this.entries.words, count);
      run.add(page, this.entries.words, count);
    }
    run.end(end);
  }

  private readLarge(
    vma: Vma,
    counts: ReadonlyMap<number, SmapsVma>,
    range: PageRange,
    query: ScanQuery,
    out: RegionList,
  ): void {
    const expected = this.expectedIn(vma, counts);
    if (expected === null) return this.readSpan(range.start, range.end, query, out);
    // Mapped after the last prepare, or prepare is not used.
    if (!this.prepares || !this.occupied.isSearched(vma))
      for (const search = this.occupied.search(vma, expected); !search.next().done;);
    const fresh = counts.get(vma.start)?.softDirty === true && this.prepared?.cleared !== true;
    const hole = fresh ? BIT.softDirty : 0;
    let at = range.start;
    for (const tile of this.occupied.within(range)) {
      const from = Math.max(range.start, tile * PAGES_PER_TILE);
      const to = Math.min(range.end, (tile + 1) * PAGES_PER_TILE);
      pushRun(query, hole, at, from, out);
      // Without `prepare` every search is current: nothing is late.
      this.readSpan(from, to, query, out, this.prepares && this.occupied.isLate(tile));
      at = to;
    }
    pushRun(query, hole, at, range.end, out);
  }

  /** What smaps counts of large VMAs: as of `prepare`, if nothing was mapped or unmapped since. */
  private counts(): ReadonlyMap<number, SmapsVma> {
    if (this.prepared?.of === this.vmas()) return this.prepared.counts;
    this.prepared = null;
    return readSmaps(this.smaps, LARGE_PAGES);
  }

  /** How many pages with an entry a large VMA has; null if all of its entries are to be read. */
  private expectedIn(vma: Vma, counts: ReadonlyMap<number, SmapsVma>): number | null {
    const counted = counts.get(vma.start);
    const shared = vma.kind === 'anon-shared' || vma.kind === 'file-shared';
    // Shared memory's pages in swap have no entry.
    const expected = counted ? counted.resident + (shared ? 0 : counted.swapped) : Infinity;
    // Without a count the mapping changed since maps was read: its entries are read instead.
    if (counted?.end === vma.end && expected <= (vma.end - vma.start) * DENSE) return expected;
    this.occupied.forget(vma);
    return null;
  }
}

/** Bit of a high half that pagemap leaves 0: the page was found after the last clear (pagemap.rst, bits 59 and 60). */
const LATE = 1 << 27;

function markLate(entries: Uint32Array, count: number): void {
  for (let i = 1; i < count * 2; i += 2) {
    if ((entries[i] & (BIT.present | BIT.swapped)) === 0) continue;
    if ((entries[i] & (BIT.file | BIT.exclusive | BIT.swapped)) !== 0) entries[i] |= BIT.softDirty;
    if ((entries[i] & BIT.file) !== 0) entries[i] |= LATE;
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
      const now = entries[i * 2 + 1] & (INTERESTING | LATE);
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
  const late = (query.mask & PAGE_IS.SOFT_DIRTY) !== 0 ? PAGE_WAS.TOUCHED : 0;
  out.push(start, end, categories & (query.returned | late));
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
  if ((bits & LATE) !== 0) categories |= PAGE_WAS.TOUCHED;
  if (present && !file && (bits & BIT.exclusive) === 0) categories |= PAGE_IS.PFNZERO;
  return categories;
}
