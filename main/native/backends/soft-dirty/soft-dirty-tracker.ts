import { writeSync } from 'node:fs';
import { intersectRanges, rangePages, type PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import * as errors from '../../errors.ts';
import * as notices from '../../notices.ts';
import { PAGE_IS, PAGE_WAS } from '../../syscalls/constants.ts';
import { AddressSpace } from '../../tracking/address-space.ts';
import type { ScanQuery } from '../../tracking/pagemap-scan.ts';
import { RegionList } from '../../tracking/region-list.ts';
import { isShared } from '../../tracking/segments.ts';
import { overVmas } from '../over-vmas.ts';
import { EntriesReader } from '../pages/entries-reader.ts';
import { readState, ScanReader, type PageReader } from '../pages/page-reader.ts';
import { userRange } from '../../process/user-range.ts';
import { ProcessFiles } from '../process-files.ts';
import type { WriteTracker } from '../write-tracker.ts';
import { DirtySet } from './dirty-set.ts';

const { SOFT_DIRTY, PRESENT, SWAPPED, FILE, PFNZERO } = PAGE_IS;
/** Set only by the reader of entries: a page that it found late. */
const { TOUCHED } = PAGE_WAS;

/**
 * Everything with bit 55, and the categories that show why. Both PAGEMAP_SCAN and pagemap report the OR of an entry's own bit and of
 * VM_SOFTDIRTY (fs/proc/task_mmu.c: pagemap_scan_test_walk, pte_to_pagemap_entry), so a hole that is soft-dirty gives
 * away a VMA that has the flag.
 */
const DIRTY: ScanQuery = {
  mask: SOFT_DIRTY,
  inverted: 0,
  anyOf: 0,
  returned: SOFT_DIRTY | PRESENT | SWAPPED | FILE | PFNZERO,
};

export interface SoftDirtyOptions {
  /** Runs a task while the program is frozen; without it the program runs on, and writes in between are lost. */
  readonly whileStopped?: <T>(task: () => T) => T;
  /** False: pagemap is read although the kernel has PAGEMAP_SCAN. */
  readonly scan?: boolean;
}

/**
 * Which pages of a process are soft-dirty. The kernel can clear only the whole process (clear_refs "4"), so clearing a
 * range is emulated: everything that is dirty is first copied to `shadow`, and what the kernel and the shadow report
 * together counts. Bits that another process clears are lost unless they were copied before.
 *
 * In a VMA with VM_SOFTDIRTY every page counts and its entry's own bit cannot be read. There, a private page that is
 * neither the file's nor the zero page counts as written, since a write made it; everything else as new.
 */
export class SoftDirtyTracker implements WriteTracker {
  private readonly files: ProcessFiles;
  private readonly clearRefs: number;
  private readonly reader: PageReader;
  private readonly space: AddressSpace;
  private readonly whileStopped: <T>(task: () => T) => T;
  private readonly list = new RegionList();
  private readonly shadow = new DirtySet();
  /** VMAs that existed at the last clear, which cleared their VM_SOFTDIRTY. */
  private cleared: ReadonlySet<Vma> = new Set();
  /** VMAs that have VM_SOFTDIRTY, as far as read since the last clear. */
  private fresh = new Set<Vma>();
  private observed: readonly Vma[] = [];
  private observedOf: readonly Vma[] = [];

  /** Opens the process's files; clears nothing. Throws InspectorError. */
  constructor(pid: number, options: SoftDirtyOptions = {}) {
    this.files = new ProcessFiles(pid);
    this.clearRefs = this.files.open(pid, 'clear_refs', 'w');
    this.space = new AddressSpace(this.files.maps, (vma) =>
      isHugetlb(vma) ? notices.UNTRACKED.hugetlb : null,
    );
    this.whileStopped = options.whileStopped ?? ((task) => task());
    const scan = options.scan === false ? null : ScanReader.open(this.files.pagemap, SOFT_DIRTY);
    this.reader = scan ?? new EntriesReader(this.files.pagemap, this.files.smaps, () => this.space.vmas);
    try {
      this.follow();
    } catch (cause) {
      this.close();
      throw cause;
    }
    this.observed = this.observedOf = this.space.vmas;
  }

  /** Whether PAGEMAP_SCAN is used. */
  get scans(): boolean {
    return this.reader instanceof ScanReader;
  }

  get vmas(): readonly Vma[] {
    return this.observed;
  }

  read(
    what: 'get' | 'get-and-clear',
    out: RegionList,
    range: PageRange = this.whole,
    maxPages = 0,
    holes = false,
  ): void {
    out.clear();
    const most = maxPages === 0 ? Infinity : maxPages;
    if (what === 'get') {
      const now = new DirtySet();
      this.collect(range, now);
      now.add(this.shadow, range);
      now.emit(out, range, most, holes);
      return;
    }
    this.takeOver();
    this.shadow.emit(out, range, most, holes);
    // What did not fit remains for the next call.
    const end = out.pages < most ? range.end : out.end(out.count - 1);
    this.shadow.remove(range.start, end);
  }

  clear(range?: PageRange): void {
    if (range) {
      this.takeOver();
      this.shadow.remove(range.start, range.end);
      return;
    }
    this.follow();
    this.clearAll();
    this.shadow.clear();
    this.observe();
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
    this.files.close();
  }

  private get whole(): PageRange {
    return userRange(this.space.vmas);
  }

  private follow(): void {
    if (!this.alive()) throw errors.programGone();
    if (!this.space.refresh()) return;
    this.shadow.keepOnly(this.space.vmas);
    this.fresh = new Set(this.space.vmas.filter((vma) => this.fresh.has(vma)));
  }

  /** Copies everything that is dirty to the shadow, and clears the process. */
  private takeOver(): void {
    this.whileStopped(() => {
      this.collect(this.whole, this.shadow);
      this.clearAll();
    });
  }

  private clearAll(): void {
    writeSync(this.clearRefs, '4');
    this.reader.cleared?.();
    this.cleared = new Set(this.space.vmas);
    this.fresh.clear();
  }

  /** Adds what the kernel reports of `range` to `into`. */
  private collect(range: PageRange, into: DirtySet): void {
    this.follow();
    this.list.clear();
    this.reader.read(DIRTY, range.start, range.end, this.list);
    if (this.findFresh(range) > 0) {
      // Mapped after maps was read.
      this.follow();
      this.findFresh(range);
    }
    overVmas(this.list, this.space.vmas, (vma, start, end, categories) => {
      if (!vma.tracked || (categories & (PRESENT | SWAPPED)) === 0) return;
      const byWrite = !isShared(vma) && (categories & (FILE | PFNZERO)) === 0;
      const known = byWrite || (!this.fresh.has(vma) && (categories & TOUCHED) === 0);
      (known ? into.written : into.fresh).add(start, end);
    });
    for (const vma of this.fresh) {
      const part = intersectRanges(vma, range);
      if (part) into.news.add(part.start, part.end);
    }
    this.observe();
  }

  /**
   * Which VMAs of `range` have VM_SOFTDIRTY, judging by the list of dirty pages: one with a dirty hole has it, one with a
   * clean page has not. If every page is there and dirty, one that was not there at the last clear is taken to have
   * it. Returns how many dirty pages are in no known VMA.
   */
  private findFresh(range: PageRange): number {
    const { vmas } = this.space;
    const pages = new Map<Vma, number>();
    const holes = new Set<Vma>();
    const outside = overVmas(this.list, vmas, (vma, start, end, categories) => {
      pages.set(vma, (pages.get(vma) ?? 0) + end - start);
      if ((categories & (PRESENT | SWAPPED)) === 0) holes.add(vma);
    });
    for (const vma of vmas) {
      const part = intersectRanges(vma, range);
      if (!part || !vma.tracked) continue;
      const all = pages.get(vma) === rangePages(part);
      if (holes.has(vma) || (all && !this.cleared.has(vma))) this.fresh.add(vma);
      else if (!all) this.fresh.delete(vma);
    }
    return outside;
  }

  /** Notes which VMAs count as new, in the kernel or in the shadow. */
  private observe(): void {
    const { vmas } = this.space;
    const { news } = this.shadow;
    const isNew = (vma: Vma) => this.fresh.has(vma) || (!news.empty && news.intersects(vma));
    if (this.observedOf === vmas && vmas.every((vma, i) => isNew(vma) === this.observed[i].softDirty)) return;
    this.observedOf = vmas;
    this.observed = vmas.map((vma) => (isNew(vma) ? { ...vma, softDirty: true } : vma));
  }
}

/** Judging by the name: those of memfd do not show it. */
function isHugetlb({ name }: Pick<Vma, 'name'>): boolean {
  return name.startsWith('/anon_hugepage') || name.startsWith('/dev/hugepages/');
}
