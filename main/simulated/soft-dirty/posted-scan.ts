import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { clearVmaFlag } from './clear-refs.ts';
import { clearHuge, mayPin } from './clear-soft-dirty.ts';
import { stateBefore, emitEntries } from '../mapping/entries.ts';
import { EPERM } from '../mm/errno.ts';
import { splitHuge } from '../mapping/huge.ts';
import { PageRuns } from '../mm/page-runs.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import type { SoftDirtyOp } from './soft-dirty.ts';
import { AT_PINNED, AT_PRESENT, AT_SOFT, AT_WRITABLE, SOFT, wordMask, type Tile } from '../mm/tile.ts';
import { VM_HUGETLB, VM_PFNMAP, VM_SOFTDIRTY } from '../mm/vma-flags.ts';
import { splitVma } from '../mapping/vma-split.ts';
import type { Vma } from '../mm/vma.ts';

interface PostedRequest {
  readonly op: SoftDirtyOp;
  readonly page: number;
  /** Whole pages. */
  readonly pages: number;
  /** Whether the range ends within the page after them. */
  readonly ragged: boolean;
  readonly vecLen: number;
  readonly noReused: boolean;
  readonly unstable: number | null;
}

/** Thrown if the kernel would run off a table. */
class Runaway extends Error {}

/** walk_page_range() with the callbacks of PATCH v2, part 2: pagemap_sd_test_walk and its companions. */
export class PostedScan {
  /** Entries of vec; more than vecLen if the posted code overruns it. */
  readonly runs = new PageRuns();
  readonly defects = new Set<string>();
  /** How the kernel would have crashed; null if it would not. */
  crash: string | null = null;
  private readonly mm: MmStruct;
  private readonly request: PostedRequest;
  private readonly end: number;
  private readonly get: boolean;
  private readonly clear: boolean;

  constructor(mm: MmStruct, request: PostedRequest) {
    this.mm = mm;
    this.request = request;
    this.end = request.page + request.pages;
    this.get = request.op !== 'CLEAR';
    this.clear = request.op !== 'GET';
  }

  run(): number {
    try {
      const ret = this.walk();
      if (ret < 0) return ret;
    } catch (error) {
      if (!(error instanceof Runaway)) throw error;
      this.crash = error.message;
      return 0;
    }
    return this.get ? this.runs.pages : 0;
  }

  private walk(): number {
    const list = this.mm.vmas;
    const { ragged, vecLen } = this.request;
    for (let page = this.request.page; page < this.end || (ragged && page === this.end);) {
      const vma = list.at(list.indexAfter(page));
      if (vma === undefined || vma.start > this.end || (vma.start === this.end && !ragged)) return 0;
      page = Math.max(page, vma.start);
      const stop = Math.min(this.end, vma.end);
      const torn = ragged && vma.end > this.end;
      if (this.get && this.runs.pages === vecLen) {
        this.defects.add('B2');
        return EPERM;
      }
      if ((vma.flags & VM_PFNMAP) === 0) {
        const failed = this.walkVma(vma, page, stop, torn);
        if (failed < 0) return failed;
      }
      if (torn) return 0;
      page = stop;
    }
    return 0;
  }

  /** pagemap_sd_pre_vma(), the page tables, pagemap_sd_post_vma(). */
  private walkVma(vma: Vma, start: number, stop: number, torn: boolean): number {
    const flagged = !this.request.noReused && (vma.flags & VM_SOFTDIRTY) !== 0;
    let piece = vma;
    if (flagged && this.clear) {
      const cut = this.cutOut(vma, start, stop, torn);
      if (typeof cut === 'number') return cut;
      piece = cut;
    }
    const before = this.runs.pages;
    if ((vma.flags & VM_HUGETLB) === 0) this.walkTables(piece, start, stop, torn, flagged);
    if (flagged && this.clear) {
      if (this.get && this.runs.pages - before < piece.end - start) this.defects.add('B5');
      clearVmaFlag(this.mm, piece, this.mm.vmas.indexOf(piece));
    }
    return 0;
  }

  /** pagemap_sd_pre_vma(): splits the VMA as if all of vec were free, not only the rest of it. */
  private cutOut(vma: Vma, start: number, stop: number, torn: boolean): Vma | number {
    let piece = vma;
    if (piece.start < start) {
      const parts = splitVma(this.mm, piece, start);
      if (typeof parts === 'number') return parts;
      piece = parts[1];
    }
    const wanted = this.get ? start + this.request.vecLen : Infinity;
    if (torn && wanted > stop) {
      this.defects.add('B3');
      throw new Runaway('split_vma() at an address that is not page aligned');
    }
    const cut = Math.min(wanted, stop);
    if (piece.end <= cut) return piece;
    const parts = splitVma(this.mm, piece, cut);
    return typeof parts === 'number' ? parts : parts[0];
  }

  private walkTables(vma: Vma, start: number, stop: number, torn: boolean, flagged: boolean): void {
    const { table } = this.mm;
    const last = torn ? stop + 1 : stop;
    for (let page = start; page < last;) {
      const tile = table.next(page, last);
      const hole = tile === null ? last : Math.max(page, tile.base);
      if (hole > page) {
        this.pteHole(page, hole, torn && hole === last, flagged);
        page = hole;
        continue;
      }
      if (tile === null) return;
      const end = Math.min(last, tile.end);
      this.pmdEntry(vma, tile, page, end, torn && end === last, flagged);
      page = end;
    }
  }

  /** pagemap_sd_pte_hole(): an end within a page is never reached, so the loop continues until vec is full. */
  private pteHole(start: number, end: number, torn: boolean, flagged: boolean): void {
    if (!this.get || !flagged) return;
    const free = Math.max(0, this.request.vecLen - this.runs.pages);
    if (torn && free > end - start) this.defects.add('B3');
    this.runs.add(start, torn ? start + free : Math.min(end, start + free));
  }

  /** pagemap_sd_pmd_entry(). */
  private pmdEntry(vma: Vma, tile: Tile, start: number, stop: number, torn: boolean, flagged: boolean): void {
    const end = Math.min(stop, vma.end);
    if (tile.huge !== 0) {
      if (!flagged && (tile.huge & SOFT) === 0) return;
      const part = this.clear && end >= start && end - start < PAGES_PER_TILE;
      if (!part && !(this.get && this.runs.pages + PAGES_PER_TILE > this.request.vecLen)) {
        this.wholeHuge(tile, start, end);
        return;
      }
      if (!vma.anonymous) this.defects.add('B12');
      splitHuge(this.mm, vma, tile);
      if (!vma.anonymous) return;
    }
    if (this.isUnstable(tile)) {
      this.defects.add('B10');
      return;
    }
    if (end < start) {
      this.defects.add('B4');
      throw new Runaway('the walk is past the end of the split VMA: the loop over the page table never ends');
    }
    if (torn && stop <= vma.end) {
      this.defects.add('B3');
      throw new Runaway('addr != end never fails for an end within a page: the loop runs off the page table');
    }
    this.entries(vma, tile, start, end, flagged);
  }

  private isUnstable(tile: Tile): boolean {
    const { unstable } = this.request;
    return unstable !== null && unstable >= tile.base && unstable < tile.end;
  }

  private wholeHuge(tile: Tile, start: number, end: number): void {
    if (this.clear && (tile.huge & SOFT) !== 0) clearHuge(this.mm, tile);
    if (!this.get) return;
    this.runs.add(start, Math.min(end, start + Math.max(0, this.request.vecLen - this.runs.pages)));
  }

  /** The loop over the entries: it does not check whether vec is full, and clears only dirty entries. */
  private entries(vma: Vma, tile: Tile, start: number, end: number, flagged: boolean): void {
    if (flagged && this.get) this.runs.add(start, end);
    const before = this.clear ? stateBefore(this.mm, tile) : null;
    for (let word = 0; word < WORDS_PER_TILE; word++) {
      const mask = wordMask(word, start - tile.base, end - tile.base);
      const soft = tile.words[AT_SOFT + word] & mask;
      if (this.get && !flagged) addBits(this.runs, tile.base + word * 32, soft);
      if (this.clear) this.clearWord(vma, tile, word, mask, soft);
    }
    emitEntries(this.mm, tile, 'clear', before);
    if (!this.get || this.runs.pages <= this.request.vecLen) return;
    this.defects.add('B1');
    if (this.clear && this.request.noReused) this.defects.add('B6');
  }

  private clearWord(vma: Vma, tile: Tile, word: number, mask: number, soft: number): void {
    const { words } = tile;
    if ((mask & words[AT_PRESENT + word] & words[AT_WRITABLE + word] & ~soft) !== 0) this.defects.add('B7');
    const pinned = mayPin(vma) ? words[AT_PINNED + word] & words[AT_WRITABLE + word] : 0;
    words[AT_SOFT + word] &= ~(soft & ~pinned);
    words[AT_WRITABLE + word] &= ~(soft & ~pinned);
  }
}

/** Adds the pages whose bits are set, the first being `base`. */
function addBits(runs: PageRuns, base: number, bits: number): void {
  for (let rest = bits; rest !== 0; rest &= rest - 1) {
    const page = base + 31 - Math.clz32(rest & -rest);
    runs.add(page, page + 1);
  }
}
