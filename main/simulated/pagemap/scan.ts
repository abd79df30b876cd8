import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { PAGE_IS, PM_SCAN } from '#shared/memory/uapi.ts';
import { EINVAL, ENOMEM, EPERM } from '../mm/errno.ts';
import { setHuge, splitHuge } from '../mapping/huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { ScanBuffer, type ScanRegion } from './scan-buffer.ts';
import { categoriesOf, hugeCategories, interestingWord } from './scan-categories.ts';
import { UFFD_WP, wordMask, WRITABLE, type Tile } from '../mm/tile.ts';
import { writeProtectRange } from './uffd-protect.ts';
import { VM_HUGETLB, VM_PFNMAP, VM_SOFTDIRTY, VM_UFFD_WP } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

interface ScanRequest {
  /** First page. */
  readonly start: number;
  /** First page after the range. */
  readonly end: number;
  /** Flags PM_SCAN_*. */
  readonly flags: number;
  /** Places for regions; 0 without a vec. */
  readonly vecLen: number;
  /** Infinity: no limit. */
  readonly maxPages: number;
  /** Sums of PAGE_IS: what is inverted, must be there, must be there in part, is returned. */
  readonly inverted: number;
  readonly mask: number;
  readonly anyof: number;
  readonly returns: number;
}

interface ScanResult {
  /** Number of regions, or EINVAL, EPERM (an area that is not armed, with CHECK_WPASYNC), ENOMEM (no room for markers). */
  readonly ret: number;
  /** Page where the walk stopped. */
  readonly walkEnd: number;
  readonly regions: readonly ScanRegion[];
}

/** The result of a walk over a part of the range. */
type Stop = 'full' | number;

/**
 * PAGEMAP_SCAN of Linux 6.18 (do_pagemap_scan()): ranges of pages whose categories match, with WP_MATCHING
 * write-protected at the same time. Regions pass through a buffer of 512, which is visible: `walkEnd` stays at the
 * page where the buffer was last full, even if the scan continued to the end.
 */
export function pagemapScan(mm: MmStruct, request: ScanRequest): ScanResult {
  if (request.end < request.start) return { ret: EINVAL, walkEnd: request.start, regions: [] };
  const scan = new Scan(mm, request);
  const ret = mm.call('PAGEMAP_SCAN', { ...request }, () => scan.run());
  return { ret, walkEnd: scan.walkEnd, regions: scan.regions };
}

class Scan {
  private readonly mm: MmStruct;
  private readonly request: ScanRequest;
  private readonly buffer: ScanBuffer;
  private readonly protects: boolean;
  /** Categories that all pages of the VMA have. */
  private common = 0;

  constructor(mm: MmStruct, request: ScanRequest) {
    this.mm = mm;
    this.request = request;
    this.buffer = new ScanBuffer(request.vecLen, request.maxPages, request.returns);
    this.protects = (request.flags & PM_SCAN.WP_MATCHING) !== 0;
  }

  get walkEnd(): number {
    return this.buffer.walkEnd === 0 ? this.request.end : this.buffer.walkEnd;
  }

  get regions(): readonly ScanRegion[] {
    return this.buffer.regions;
  }

  /** What the call returns. */
  run(): number {
    const { buffer, request } = this;
    let stop: Stop = 0;
    for (let start = request.start; start < request.end; start = buffer.walkEnd) {
      stop = this.walk(start, request.end);
      buffer.flush();
      if (stop !== 'full' || buffer.exhausted) break;
    }
    return typeof stop === 'number' && stop < 0 ? stop : buffer.regions.length;
  }

  private walk(start: number, end: number): Stop {
    const list = this.mm.vmas;
    for (let page = start; page < end;) {
      const vma = list.at(list.indexAfter(page));
      if (vma === undefined || vma.start >= end) return 0;
      page = Math.max(page, vma.start);
      const stop = Math.min(end, vma.end);
      const test = this.testVma(vma);
      if (test < 0) return test;
      const result = test === 0 ? this.walkVma(vma, page, stop) : 0;
      if (result !== 0) return result;
      page = stop;
    }
    return 0;
  }

  /** pagemap_scan_test_walk(): 0, 1 to skip the VMA, or an error. */
  private testVma(vma: Vma): number {
    const { flags, mask, inverted } = this.request;
    const armed = (vma.flags & VM_UFFD_WP) !== 0;
    if (!armed && (flags & PM_SCAN.CHECK_WPASYNC) !== 0) return EPERM;
    if ((!armed && this.protects) || (vma.flags & VM_PFNMAP) !== 0) return 1;
    this.common =
      (armed ? PAGE_IS.WPALLOWED : 0) | ((vma.flags & VM_SOFTDIRTY) !== 0 ? PAGE_IS.SOFT_DIRTY : 0);
    const required = mask & PAGE_IS.WPALLOWED;
    return ((this.common ^ inverted) & required) === required ? 0 : 1;
  }

  private walkVma(vma: Vma, start: number, end: number): Stop {
    const { table } = this.mm;
    for (let page = start; page < end;) {
      const tile = table.next(page, end);
      const hole = tile === null ? end : Math.max(page, tile.base);
      if (hole > page) {
        const stop = this.scanHole(vma, page, hole);
        if (stop !== 0) return stop;
        page = hole;
        continue;
      }
      if (tile === null) return 0;
      const to = Math.min(end, tile.end);
      const stop = this.scanTile(vma, tile, page, to);
      if (stop !== 0) return stop;
      page = to;
    }
    return 0;
  }

  private matches(categories: number): boolean {
    const { inverted, mask, anyof } = this.request;
    const seen = categories ^ inverted;
    return (seen & mask) === mask && (anyof === 0 || (seen & anyof) !== 0);
  }

  /** pagemap_scan_pte_hole(): no page table. In an armed VMA all of it is written; in another no category is known. */
  private scanHole(vma: Vma, start: number, end: number): Stop {
    const categories = this.common | ((vma.flags & VM_UFFD_WP) !== 0 ? PAGE_IS.WRITTEN : 0);
    if (!this.matches(categories)) return 0;
    const taken = this.buffer.add(start, end, categories);
    if (taken === start) return 'full';
    if (this.protects && (vma.flags & VM_HUGETLB) === 0) {
      if (!writeProtectRange(this.mm, vma, start, taken)) return ENOMEM;
    }
    return taken < end ? 'full' : 0;
  }

  private scanTile(vma: Vma, tile: Tile, start: number, end: number): Stop {
    if (tile.huge !== 0) {
      const stop = this.scanHuge(vma, tile, start, end);
      if (stop !== 'split') return stop;
      // A huge page of a file is unmapped by a split: the walk finds a hole.
      if (this.mm.table.find(start) === null) return this.scanHole(vma, start, end);
    }
    if (this.protects && !this.buffer.buffered) {
      return writeProtectRange(this.mm, vma, start, end, true) ? 0 : ENOMEM;
    }
    return this.scanEntries(vma, tile, start, end);
  }

  /** pagemap_scan_thp_entry(), pagemap_scan_hugetlb_entry(). */
  private scanHuge(vma: Vma, tile: Tile, start: number, end: number): Stop | 'split' {
    const categories = this.common | hugeCategories(tile.huge);
    if (!this.matches(categories)) return 0;
    const mark = this.buffer.mark();
    const taken = this.buffer.add(start, end, categories);
    if (taken > start && this.protects && (categories & PAGE_IS.WRITTEN) !== 0) {
      if (taken - start < PAGES_PER_TILE) {
        this.buffer.backOut(mark);
        if ((vma.flags & VM_HUGETLB) !== 0) {
          this.buffer.walkEnd = start;
          return 0;
        }
        splitHuge(this.mm, vma, tile);
        return 'split';
      }
      setHuge(this.mm, tile, (tile.huge | UFFD_WP) & ~WRITABLE);
    }
    return taken < end ? 'full' : 0;
  }

  /** pagemap_scan_pmd_entry() for a page table: runs of equal categories are output as one. */
  private scanEntries(vma: Vma, tile: Tile, start: number, end: number): Stop {
    let from = start;
    let open = -1;
    const close = (to: number): boolean => {
      if (open < 0) return true;
      const categories = open;
      open = -1;
      const taken = this.buffer.add(from, to, categories);
      if (this.protects && (categories & PAGE_IS.WRITTEN) !== 0 && taken > from) {
        writeProtectRange(this.mm, vma, from, taken, true);
      }
      return taken === to;
    };
    for (let word = (start - tile.base) >>> 5; word < WORDS_PER_TILE; word++) {
      const mask = wordMask(word, start - tile.base, end - tile.base);
      if (mask === 0) break;
      const hits = interestingWord(tile, word, this.common, this.request) & mask;
      for (let bit = 0; bit < 32; bit++) {
        const page = tile.base + word * 32 + bit;
        if (page < start || page >= end) continue;
        const hit = ((hits >>> bit) & 1) !== 0;
        const categories = hit ? this.common | categoriesOf(tile.entry(page - tile.base)) : -1;
        if (categories === open) continue;
        if (!close(page)) return 'full';
        from = page;
        open = categories;
      }
    }
    return close(end) ? 0 : 'full';
  }
}
