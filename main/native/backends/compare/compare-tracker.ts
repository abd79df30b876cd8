import { PAGE_SIZE } from '#shared/memory/page.ts';
import { hasPagemapBit } from '#shared/memory/pagemap.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { PM_BIT } from '#shared/memory/uapi.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { HandledFaults } from '../../coexistence/handled-faults.ts';
import * as errors from '../../errors.ts';
import * as notices from '../../notices.ts';
import { tryReadMemory } from '../../syscalls/calls.ts';
import { PAGE_IS } from '../../syscalls/constants.ts';
import { NativeBuffer } from '../../syscalls/native-buffer.ts';
import { AddressSpace } from '../../tracking/address-space.ts';
import { PageBitmap } from '../../tracking/page-bitmap.ts';
import type { ScanQuery } from '../../tracking/pagemap-scan.ts';
import { RegionList } from '../../tracking/region-list.ts';
import { isShared } from '../../tracking/segments.ts';
import { overVmas } from '../over-vmas.ts';
import { EntriesReader } from '../pages/entries-reader.ts';
import { readState, ScanReader, type PageReader } from '../pages/page-reader.ts';
import { userRange } from '../../process/user-range.ts';
import { MemoryFile } from '../../process/memory-file.ts';
import { memoryThread } from '../../process/status.ts';
import { ProcessFiles } from '../process-files.ts';
import type { WriteTracker } from '../write-tracker.ts';
import { UnreadableMemory } from './unreadable-memory.ts';
import { Fingerprints, ZERO_PAGE, fingerprint, type Fingerprint } from './fingerprints.ts';

const { PRESENT, SWAPPED, FILE, PFNZERO } = PAGE_IS;

/** Categories of pages that may have private contents. */
const ENTRIES: ScanQuery = {
  mask: 0,
  inverted: 0,
  anyOf: PRESENT | SWAPPED,
  returned: PRESENT | SWAPPED | FILE | PFNZERO,
};

/** Pages read at once. */
const BLOCK_PAGES = 256;

/** 8 GiB of contents: read at about 1 GiB/s; a sample of more would take too long. */
export const MAX_PAGES = 2 ** 21;
/** 256 MiB of fingerprints. */
const MAX_TILES = 2 ** 16;

/** Called for each page whose contents were read; returns whether to continue. */
type VisitPage = (page: number, vma: Vma, now: Fingerprint) => boolean;

/**
 * Which pages of a process changed their contents, by reading all of them (process_vm_readv). Only pages in memory are
 * read, so nothing is swapped in and no page is made. Works on every kernel, but sees less than the others: a write
 * that changes nothing, or that is undone before the next sample, is not seen; in shared memory another process's write
 * counts, and so does the first touch of a file's page. Reading and clearing is one step, so no change is lost.
 *
 * Not read: read-only shared mappings, memory whose page faults a userfaultfd of the program resolves, and a private file mapping's pages that are still the file's.
 */
export class CompareTracker implements WriteTracker {
  private readonly pid: number;
  private readonly files: ProcessFiles;
  private readonly memory: MemoryFile;
  private readonly reader: PageReader;
  private readonly space: AddressSpace;
  private readonly handled: HandledFaults;
  private readonly unreadable = new UnreadableMemory();
  private readonly maxPages: number;
  private readonly list = new RegionList();
  private readonly block = new NativeBuffer(BLOCK_PAGES * PAGE_SIZE);
  /** Contents at the last clear. */
  private readonly reference = new Fingerprints();

  /** Opens the process's files; stores nothing until `clear`. Throws InspectorError. */
  constructor(pid: number, maxPages = MAX_PAGES) {
    this.pid = memoryThread(pid);
    this.maxPages = maxPages;
    this.files = new ProcessFiles(pid);
    this.memory = new MemoryFile(pid);
    this.handled = new HandledFaults(this.pid, this.files.smaps);
    this.space = new AddressSpace(this.files.maps, (vma) => {
      if (this.unreadable.has(vma)) return notices.UNTRACKED.unreadable;
      const { start, end } = vma;
      return this.handled.pagesBefore(start, end) === end - start ? null : notices.UNTRACKED.handlesFaults;
    });
    this.reader =
      ScanReader.open(this.files.pagemap) ??
      new EntriesReader(this.files.pagemap, this.files.smaps, () => this.space.vmas);
    try {
      this.follow();
    } catch (cause) {
      this.close();
      throw cause;
    }
  }

  get vmas(): readonly Vma[] {
    return this.space.vmas;
  }

  read(what: 'get' | 'get-and-clear', out: RegionList, range: PageRange = this.whole, maxPages = 0): void {
    out.clear();
    const most = maxPages === 0 ? Infinity : maxPages;
    let found = 0;
    const seen = this.visitContents(range, (page, vma, now) => {
      if (!this.differs(page, vma, now)) return true;
      out.push(page, page + 1, PAGE_IS.WRITTEN);
      if (what === 'get-and-clear') this.reference.set(page, now);
      return ++found < most;
    });
    if (what === 'get') return;
    this.forgetAllBut(seen, { start: range.start, end: found < most ? range.end : out.end(out.count - 1) });
  }

  clear(range: PageRange = this.whole): void {
    const seen = this.visitContents(range, (page, _vma, now) => {
      this.reference.set(page, now);
      return true;
    });
    this.forgetAllBut(seen, range);
  }

  state(out: RegionList, range: PageRange = this.whole): void {
    this.follow();
    out.clear();
    readState(this.reader, range, out);
  }

  async prepare(budgetMs?: number, signal?: AbortSignal): Promise<void> {
    if (!this.reader.prepare) return;
    this.follow();
    await this.reader.prepare(budgetMs, signal);
  }

  alive(): boolean {
    return this.files.alive();
  }

  pagemapEntry(page: number): bigint | null {
    return this.files.pagemapEntry(page);
  }

  close(): void {
    this.memory.close();
    this.files.close();
  }

  private get whole(): PageRange {
    return userRange(this.space.vmas);
  }

  private follow(): void {
    if (!this.alive()) throw errors.programGone();
    // Always: unreadable memory is skipped, and reading maps is cheap compared with reading memory.
    this.space.refresh();
    if (this.handled.refreshIfDue()) this.space.readmit(() => true);
  }

  private differs(page: number, vma: Vma, now: Fingerprint): boolean {
    const before = this.reference.get(page);
    if (before) return before[0] !== now[0] || before[1] !== now[1];
    // It was a hole. Anonymous memory begins as zeros; a page of a file that is in memory now was touched at least.
    if (vma.kind === 'file-private' || vma.kind === 'file-shared') return true;
    return now[0] !== ZERO_PAGE[0] || now[1] !== ZERO_PAGE[1];
  }

  /** Visits the pages of `range` that can have been written. Returns those that exist, read or not. */
  private visitContents(range: PageRange, visit: VisitPage): PageBitmap {
    this.follow();
    this.list.clear();
    this.reader.read(ENTRIES, range.start, range.end, this.list);
    const seen = new PageBitmap();
    const runs: { vma: Vma; start: number; end: number }[] = [];
    let pages = 0;
    const cut = () =>
      overVmas(this.list, this.space.vmas, (vma, start, end, categories) => {
        if (!canBeWritten(vma, categories)) return;
        seen.add(start, end);
        // A swapped page was not written since it was swapped out: it is compared when it is swapped in.
        if ((categories & PRESENT) === 0) return;
        if (this.reader.knowsZeroPages && (categories & PFNZERO) !== 0) return;
        runs.push({ vma, start, end });
        pages += end - start;
      });
    if (cut() > 0) {
      // Mapped after maps was read.
      this.space.refresh();
      seen.clear();
      runs.length = pages = 0;
      cut();
    }
    if (pages > this.maxPages) throw errors.tooMuchToCompare(pages, this.maxPages);
    const tiles = this.reference.size;
    if (tiles > MAX_TILES) throw errors.tooSpreadToCompare(tiles, MAX_TILES);
    this.unreadable.begin();
    for (const { vma, start, end } of runs) {
      for (let page = start; page < end; page += BLOCK_PAGES) {
        if (!this.visitBlock(page, Math.min(end, page + BLOCK_PAGES), vma, visit)) return seen;
      }
    }
    // Pages that vanished meanwhile cannot be read either: a second attempt at one that is still there decides.
    const found = this.unreadable.end(
      (page, vma) => this.isPresent(page) && this.readPages(page, 1, vma) === 0,
    );
    if (found.size > 0) this.space.readmit((vma) => found.has(vma));
    return seen;
  }

  private isPresent(page: number): boolean {
    return hasPagemapBit(this.files.pagemapEntry(page) ?? 0n, PM_BIT.PRESENT);
  }

  /** False when `visit` ended it. */
  private visitBlock(start: number, end: number, vma: Vma, visit: VisitPage): boolean {
    for (let page = start; page < end;) {
      const read = this.readPages(page, end - page, vma);
      this.unreadable.note(vma, page, read);
      for (let i = 0; i < read; i++) {
        if (!visit(page + i, vma, fingerprint(this.block.u32, i * (PAGE_SIZE / 4)))) return false;
      }
      // A short read may have been interrupted; a page that cannot be read, or is a guard, is skipped.
      page += Math.max(read, 1);
    }
    return true;
  }

  /** Pages that were read into `block`; 0 if the first cannot be. */
  private readPages(page: number, pages: number, vma: Vma): number {
    if (!vma.read) return this.memory.read(page, pages, this.block.bytes);
    const bytes = tryReadMemory(this.pid, this.block.address, page * PAGE_SIZE, pages * PAGE_SIZE);
    return Math.max(0, Math.floor(bytes / PAGE_SIZE));
  }

  private forgetAllBut(seen: PageBitmap, { start, end }: PageRange): void {
    this.reference.forget(start, end, (page) => seen.has(page));
  }
}

function canBeWritten(vma: Vma, categories: number): boolean {
  if (!vma.tracked) return false;
  return isShared(vma) ? vma.write : (categories & FILE) === 0;
}
