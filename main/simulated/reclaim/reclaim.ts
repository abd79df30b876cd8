import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { setEntry } from '../mapping/entries.ts';
import { hasFrame } from '../mm/entry.ts';
import { EINVAL } from '../mm/errno.ts';
import { soleHuge, splitHuge, splitHugePage } from '../mapping/huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { FileReclaim } from './file-reclaim.ts';
import { SharedPages, type EntryAt } from '../mapping/reverse-map.ts';
import {
  ACCESSED,
  DIRTY,
  EXCLUSIVE,
  FILE,
  LAZY_FREE,
  PINNED,
  PRESENT,
  SOFT,
  SWAP,
  UFFD_WP,
  ZERO,
  type Tile,
} from '../mm/tile.ts';
import { VM_HUGETLB, VM_PFNMAP } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';
import { releaseEntry } from '../mapping/zap.ts';

/** MADV_PAGEOUT: pages that no other entry maps go to swap, or back to their file; EINVAL for devices and hugetlb. */
export function pageOut(mm: MmStruct, vma: Vma, start: number, end: number): Vma | number {
  if ((vma.flags & (VM_PFNMAP | VM_HUGETLB)) !== 0) return EINVAL;
  new Reclaim(mm, vma, false).run(start, end);
  return vma;
}

/** Memory pressure on [start, end): reclaims these pages from all processes. Returns how many were reclaimed. */
export function reclaimPages(mm: MmStruct, start: number, end: number): number {
  let gone = 0;
  for (const vma of mm.vmas.all()) {
    if (vma.end <= start || vma.start >= end || (vma.flags & (VM_PFNMAP | VM_HUGETLB)) !== 0) continue;
    const pass = new Reclaim(mm, vma, true);
    gone += pass.run(Math.max(start, vma.start), Math.min(end, vma.end));
  }
  return gone;
}

/**
 * shrink_page_list() over pages of one VMA: anonymous ones become swap entries, which keep the soft-dirty bit; clean
 * ones under MADV_FREE are dropped; pages of files lose their entries, soft-dirty bits included, and pages of shared
 * memory their place in the cache. With `shared` also pages that other entries map too.
 */
class Reclaim {
  private readonly mm: MmStruct;
  private readonly vma: Vma;
  private readonly shared: boolean;
  private readonly pages: SharedPages;
  private readonly files: FileReclaim;

  constructor(mm: MmStruct, vma: Vma, shared: boolean) {
    this.mm = mm;
    this.vma = vma;
    this.shared = shared;
    this.pages = new SharedPages(mm);
    this.files = new FileReclaim(mm, vma, shared);
  }

  /** Returns how many pages of [start, end) were reclaimed. */
  run(start: number, end: number): number {
    const { mm, vma } = this;
    const { table } = mm;
    let gone = 0;
    for (let tile = table.next(start, end); tile !== null; tile = table.next(tile.end, end)) {
      const from = Math.max(start, tile.base);
      const to = Math.min(end, tile.end);
      const whole = to - from === PAGES_PER_TILE;
      if (tile.huge !== 0 && !vma.anonymous) gone += this.files.hugePage(tile, whole);
      else if (tile.huge === 0 || this.divide(tile, whole)) {
        for (let page = from; page < to; page++) if (this.entry(tile, page - tile.base)) gone++;
      }
    }
    return gone;
  }

  /**
   * A huge page goes to swap page by page: false if it stays whole: the huge zero page, one that is shared or
   * pinned, one that cannot be swapped out. MADV_PAGEOUT of a part of it divides the page itself.
   */
  private divide(tile: Tile, whole: boolean): boolean {
    const { mm, vma, shared } = this;
    if ((tile.huge & ZERO) !== 0 || tile.pins !== null) return false;
    const sole = soleHuge(mm, tile);
    if (!sole && !shared) return false;
    if (!whole && sole && !shared) {
      splitHugePage(mm, vma, tile);
      return true;
    }
    const lazy = tile.huge & (LAZY_FREE | DIRTY);
    if (!mm.memory.options.swap && (lazy & LAZY_FREE) === 0) return false;
    splitHuge(mm, vma, tile);
    // Written since MADV_FREE: ordinary memory again, not reclaimed in this pass.
    return lazy !== (LAZY_FREE | DIRTY);
  }

  private entry(tile: Tile, index: number): boolean {
    const { mm, shared } = this;
    const { frames, options } = mm.memory;
    let flags = tile.entry(index);
    if ((flags & PRESENT) === 0 || (flags & ZERO) !== 0) return false;
    const alone = !hasFrame(flags) || frames.mappedBy(tile.frame(index)) === 1;
    if (!shared && (flags & FILE) === 0 && alone && (flags & ACCESSED) !== 0) {
      setEntry(mm, tile, index, flags, flags & ~ACCESSED);
      flags &= ~ACCESSED;
    }
    if ((flags & PINNED) !== 0) return false;
    if ((flags & FILE) !== 0) return this.files.page(tile, index);
    if (!alone && !shared) return false;
    if ((flags & LAZY_FREE) === 0 && !options.swap) return false;
    const entries = this.mappings(tile, index, alone);
    return (flags & LAZY_FREE) !== 0 ? drop(entries, (flags & DIRTY) !== 0) : swapOut(entries);
  }

  /** Every entry that maps the page of this one, itself first. */
  private mappings(tile: Tile, index: number, alone: boolean): EntryAt[] {
    const { mm, vma } = this;
    const others = alone ? [] : this.pages.others(tile.frame(index), tile.base + index);
    return [{ mm, vma, tile, index }, ...others];
  }
}

/** Drops a page under MADV_FREE; one that was written since is ordinary memory again and stays. */
function drop(entries: readonly EntryAt[], written: boolean): boolean {
  for (const { mm, vma, tile, index } of entries) {
    const entry = tile.entry(index);
    if (!written) releaseEntry(mm, vma, tile, index);
    setEntry(mm, tile, index, entry, written ? entry & ~LAZY_FREE : 0);
  }
  return !written;
}

/** try_to_unmap_one(): every entry becomes a swap entry, which keeps soft-dirty. */
function swapOut(entries: readonly EntryAt[]): boolean {
  for (const { mm, tile, index } of entries) {
    const entry = tile.entry(index);
    if (hasFrame(entry)) mm.memory.frames.add(tile.frame(index), -1, 1);
    setEntry(mm, tile, index, entry, SWAP | (entry & (SOFT | EXCLUSIVE | UFFD_WP)));
  }
  return true;
}
