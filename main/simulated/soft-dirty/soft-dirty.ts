import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { clearVmaFlag } from './clear-refs.ts';
import { clearEntries, clearHuge } from './clear-soft-dirty.ts';
import { EINVAL } from '../mm/errno.ts';
import { splitHuge } from '../mapping/huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { PageRuns } from '../mm/page-runs.ts';
import { AT_SOFT, SOFT, wordMask, type Tile } from '../mm/tile.ts';
import { VM_HUGETLB, VM_PFNMAP, VM_SOFTDIRTY } from '../mm/vma-flags.ts';
import { splitVma } from '../mapping/vma-split.ts';
import type { Vma } from '../mm/vma.ts';

export type SoftDirtyOp = 'GET' | 'CLEAR' | 'GET_AND_CLEAR';

interface SoftDirtyRequest {
  readonly op: SoftDirtyOp;
  readonly page: number;
  /** Any number of pages that the address space holds. */
  readonly pages: number;
  /** Places in the result; a full result stops the scan. CLEAR ignores it. */
  readonly vecLen: number;
  /** PAGEMAP_SD_NO_REUSED_REGIONS: entries only, VM_SOFTDIRTY is neither seen nor cleared. */
  readonly noReused?: boolean;
}

/** What an operation found: runs of page numbers, ascending; empty for CLEAR. */
interface SoftDirtyResult {
  /** Number of pages found, 0 for CLEAR, or a negative error number. */
  readonly ret: number;
  readonly runs: PageRuns;
}

/**
 * PAGEMAP_SD_GET, CLEAR and GET_AND_CLEAR as documented: walks the VMAs and tables of the range. Cost is proportional
 * to the tables that exist and the runs that are found.
 * ENOMEM: a VMA cannot be split (max_map_count); its earlier changes stay, its result is lost.
 * EINVAL: no pages.
 */
export function softDirty(mm: MmStruct, request: SoftDirtyRequest): SoftDirtyResult {
  const scan = new Scan(mm, request);
  const { op, page, pages, vecLen, noReused } = request;
  const ret = mm.call(op, { page, pages, vecLen, noReused }, () => scan.run());
  return { ret, runs: ret < 0 ? new PageRuns() : scan.runs };
}

class Scan {
  readonly runs = new PageRuns();
  private readonly mm: MmStruct;
  private readonly start: number;
  private readonly end: number;
  private readonly get: boolean;
  private readonly clear: boolean;
  private readonly vecLen: number;
  private readonly noReused: boolean;

  constructor(mm: MmStruct, request: SoftDirtyRequest) {
    this.mm = mm;
    this.start = request.page;
    this.end = request.page + request.pages;
    this.get = request.op !== 'CLEAR';
    this.clear = request.op !== 'GET';
    this.vecLen = this.get ? request.vecLen : Infinity;
    this.noReused = request.noReused === true;
  }

  private get free(): number {
    return this.vecLen - this.runs.pages;
  }

  /** What the call returns. */
  run(): number {
    if (this.end <= this.start) return EINVAL;
    const failed = this.walk();
    return failed < 0 ? failed : this.runs.pages;
  }

  private walk(): number {
    const list = this.mm.vmas;
    for (let page = this.start; page < this.end;) {
      const vma = list.at(list.indexAfter(page));
      if (vma === undefined || vma.start >= this.end) return 0;
      page = Math.max(page, vma.start);
      const end = Math.min(this.end, vma.end);
      if ((vma.flags & (VM_PFNMAP | VM_HUGETLB)) === 0) {
        const failed = this.scanVma(vma, page, end);
        if (failed < 0) return failed;
        if (this.free === 0) return 0;
      }
      page = end;
    }
    return 0;
  }

  /** One VMA: split for the part that loses the flag, entries, flag. */
  private scanVma(vma: Vma, start: number, end: number): number {
    const dirty = !this.noReused && (vma.flags & VM_SOFTDIRTY) !== 0;
    if (!dirty || !this.clear) {
      this.scanTables(vma, start, end, dirty);
      return 0;
    }
    // Every page of a dirty VMA is reported, so exactly the free places are used up.
    const cut = Math.min(start + this.free, end);
    const piece = this.cutOut(vma, start, cut);
    if (typeof piece === 'number') return piece;
    this.scanTables(piece, start, cut, true);
    clearVmaFlag(this.mm, piece, this.mm.vmas.indexOf(piece));
    return 0;
  }

  private cutOut(vma: Vma, start: number, end: number): Vma | number {
    let piece = vma;
    if (piece.start < start) {
      const parts = splitVma(this.mm, piece, start);
      if (typeof parts === 'number') return parts;
      piece = parts[1];
    }
    if (piece.end > end) {
      const parts = splitVma(this.mm, piece, end);
      if (typeof parts === 'number') return parts;
      piece = parts[0];
    }
    return piece;
  }

  private scanTables(vma: Vma, start: number, end: number, dirty: boolean): void {
    const { table } = this.mm;
    for (let page = start; page < end && this.free > 0;) {
      const tile = table.next(page, end);
      const hole = tile === null ? end : Math.max(page, tile.base);
      if (dirty && this.get && hole > page) this.report(page, hole);
      if (tile === null || this.free === 0) return;
      const stop = Math.min(end, tile.end);
      if (tile.huge !== 0) this.scanHuge(vma, tile, hole, stop, dirty);
      else this.scanEntries(vma, tile, hole, stop, dirty);
      page = stop;
    }
  }

  /** Pages [start, end), as many as there is room for. */
  private report(start: number, end: number): void {
    this.runs.add(start, Math.min(end, start + this.free));
  }

  private scanHuge(vma: Vma, tile: Tile, start: number, end: number, dirty: boolean): void {
    if (!dirty && (tile.huge & SOFT) === 0) return;
    const part = this.clear && end - start < PAGES_PER_TILE;
    const full = this.get && this.free < PAGES_PER_TILE;
    if (part || full) {
      splitHuge(this.mm, vma, tile);
      // A huge page of a file is unmapped now, and this call reports none of it.
      if (vma.anonymous) this.scanEntries(vma, tile, start, end, dirty);
      return;
    }
    if (this.clear) clearHuge(this.mm, tile);
    if (this.get) this.report(start, end);
  }

  private scanEntries(vma: Vma, tile: Tile, start: number, end: number, dirty: boolean): void {
    let stop = end;
    if (this.get) stop = dirty ? this.scanDirty(start, end) : this.scanSoft(tile, start, end);
    if (this.clear) clearEntries(this.mm, vma, tile, start, stop);
  }

  private scanDirty(start: number, end: number): number {
    const stop = Math.min(end, start + this.free);
    this.runs.add(start, stop);
    return stop;
  }

  /** Reports the soft-dirty entries; returns the end of the scan: the page after the one that filled the result. */
  private scanSoft(tile: Tile, start: number, end: number): number {
    const { base, words } = tile;
    for (let word = (start - base) >>> 5; word < WORDS_PER_TILE; word++) {
      if (words[AT_SOFT + word] === 0) continue;
      let rest = words[AT_SOFT + word] & wordMask(word, start - base, end - base);
      while (rest !== 0) {
        const from = 31 - Math.clz32(rest & -rest);
        const zeros = ~(rest >>> from);
        const length = zeros === 0 ? 32 : Math.min(32 - from, 31 - Math.clz32(zeros & -zeros));
        const first = base + word * 32 + from;
        const room = this.free;
        if (length >= room) {
          this.runs.add(first, first + room);
          return first + room;
        }
        this.runs.add(first, first + length);
        rest = from + length >= 32 ? 0 : rest & (-1 << (from + length));
      }
    }
    return end;
  }
}
