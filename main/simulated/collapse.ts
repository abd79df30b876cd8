import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { entryState } from './entries.ts';
import { EINVAL } from './errno.ts';
import { WRITTEN_PAGE } from './fault-anon.ts';
import { collapseFile } from './collapse-file.ts';
import { hugeFits } from './huge.ts';
import type { SimulatedProcess } from './process.ts';
import { ACCESSED, DIRTY, GUARD, pmdState, SOFT, SWAP, UFFD_WP, WRITABLE, FILE, type Tile } from './tile.ts';
import { VM_HUGETLB, VM_NOHUGEPAGE, VM_SPECIAL, VM_WRITE } from './vm-flags.ts';
import type { Vma } from './vma.ts';
import { swapIn } from './fault-anon.ts';
import { releaseEntry } from './zap.ts';

/**
 * MADV_COLLAPSE for the part [start, end) of one VMA: every aligned 2 MiB in it becomes a huge page. EINVAL: the VMA
 * cannot have huge pages, or one of them could not be made (those that were made stay).
 */
export function collapseRange(process: SimulatedProcess, vma: Vma, start: number, end: number): Vma | number {
  if (!mayCollapse(vma)) return EINVAL;
  const low = Math.ceil(start / PAGES_PER_TILE) * PAGES_PER_TILE;
  const high = end - (end % PAGES_PER_TILE);
  if (high < low) return EINVAL;
  let failed = false;
  for (let base = low; base < high;) {
    const next = process.table.next(base, high);
    // Where there is no table there is nothing to collapse, save what the cache of a file holds.
    if (next === null || next.base > base) {
      if (vma.anonymous) {
        failed = true;
        base = next === null ? high : next.base;
        continue;
      }
    }
    if (!collapseTile(process, vma, base)) failed = true;
    base += PAGES_PER_TILE;
  }
  return failed ? EINVAL : vma;
}

/** hugepage_vma_check() for khugepaged: no fault, and huge pages need no advice with MADV_COLLAPSE. */
export function mayCollapse(vma: Vma): boolean {
  if ((vma.flags & (VM_NOHUGEPAGE | VM_SPECIAL | VM_HUGETLB)) !== 0) return false;
  if (!hugeFits(vma, lastFit(vma))) return false;
  return !vma.anonymous || vma.anonVma !== null;
}

/** The aligned 2 MiB that the VMA's last 2 MiB begin in: transhuge_vma_suitable(vma, vm_end - 2 MiB). */
function lastFit(vma: Vma): number {
  const page = vma.end - PAGES_PER_TILE;
  return page - (((page % PAGES_PER_TILE) + PAGES_PER_TILE) % PAGES_PER_TILE);
}

function collapseTile(process: SimulatedProcess, vma: Vma, base: number): boolean {
  const tile = process.table.find(base);
  if (tile !== null && tile.huge !== 0) return true;
  if (!vma.anonymous) return collapseFile(process, vma, base);
  return tile !== null && collapseAnon(process, vma, tile, false);
}

/**
 * collapse_huge_page(): 512 entries, holes and zero pages included, are copied into one huge page. At least one entry
 * must be writable. All of it reads as written afterwards, and the page table is gone. khugepaged (`swapped` pages
 * allowed are limited) also wants the pages to have been accessed.
 */
export function collapseAnon(process: SimulatedProcess, vma: Vma, tile: Tile, khugepaged: boolean): boolean {
  let writable = false;
  let holes = 0;
  let shared = 0;
  let swapped = 0;
  let young = 0;
  for (let index = 0; index < PAGES_PER_TILE; index++) {
    const { flags, frame, pins } = entryState(tile, index);
    if ((flags & (GUARD | UFFD_WP | FILE)) !== 0 || pins > 0) return false;
    if ((flags & SWAP) !== 0) swapped++;
    else if (flags === 0) holes++;
    else if (frame !== 0 && process.machine.frames.mappedBy(frame) > 1) shared++;
    if ((flags & WRITABLE) !== 0) writable = true;
    if ((flags & ACCESSED) !== 0) young++;
  }
  if (!writable) return false;
  // max_ptes_none, max_ptes_swap and max_ptes_shared: for khugepaged alone.
  if (khugepaged && (holes > 511 || swapped > 64 || shared > 256 || young === 0)) return false;
  if (khugepaged && swapped > 0 && young < PAGES_PER_TILE / 2) return false;
  if (swapped > 0) swapInAll(process, vma, tile);
  let used = 0;
  for (let index = 0; index < PAGES_PER_TILE; index++) {
    if (tile.entry(index) === 0) continue;
    used++;
    releaseEntry(process, vma, tile, index);
  }
  process.machine.populated += PAGES_PER_TILE - used;
  const before = process.journal.on ? pmdState(tile) : null;
  const flags = WRITTEN_PAGE & ~((vma.flags & VM_WRITE) === 0 ? WRITABLE : 0);
  tile.reset(flags | SOFT | DIRTY);
  if (before !== null) {
    const after = pmdState(tile);
    process.journal.emit({
      type: 'pmd',
      process: process.id,
      page: tile.base,
      change: 'collapsed',
      before,
      after,
    });
  }
  return true;
}

function swapInAll(process: SimulatedProcess, vma: Vma, tile: Tile): void {
  for (let index = 0; index < PAGES_PER_TILE; index++) {
    if ((tile.entry(index) & SWAP) !== 0) swapIn(process, vma, tile, tile.base + index, false);
  }
}
