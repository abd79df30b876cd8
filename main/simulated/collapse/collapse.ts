import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { collapseFile } from './collapse-file.ts';
import { entryState } from '../mapping/entries.ts';
import { EAGAIN, EINVAL } from '../mm/errno.ts';
import { swapIn, WRITTEN_PAGE } from '../fault/fault-anon.ts';
import { hugeFits } from '../mapping/huge.ts';
import type { SimulatedProcess } from '../process.ts';
import { ACCESSED, GUARD, pmdState, PRESENT, SWAP, UFFD_WP, WRITABLE, ZERO, type Tile } from '../mm/tile.ts';
import { VM_HUGETLB, VM_NOHUGEPAGE, VM_SPECIAL, VM_UFFD_WP, VM_WRITE } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';
import { releaseEntry } from '../mapping/zap.ts';

/**
 * What became of an aligned 2 MiB: `done`, or not: `later` and `busy` (pinned) let MADV_COLLAPSE go on with the next,
 * `never` ends it.
 */
export type Collapse = 'done' | 'later' | 'busy' | 'never';

/**
 * MADV_COLLAPSE for the part [start, end) of one VMA: every aligned 2 MiB in it becomes a huge page. EINVAL: the VMA
 * cannot have huge pages, or one of them could not be made (those that were made stay); EAGAIN: a pinned page.
 */
export function collapseRange(process: SimulatedProcess, vma: Vma, start: number, end: number): Vma | number {
  if (!mayCollapse(vma)) return EINVAL;
  const low = Math.ceil(start / PAGES_PER_TILE) * PAGES_PER_TILE;
  const high = end - (end % PAGES_PER_TILE);
  if (high < low) return EINVAL;
  let failure: Collapse = 'done';
  for (let base = low; base < high; base += PAGES_PER_TILE) {
    const next = process.table.next(base, high);
    if (vma.anonymous && (next === null || next.base > base)) {
      // No page table, nothing to collapse: holes of any size are passed at once.
      failure = 'later';
      base = (next === null ? high : next.base) - PAGES_PER_TILE;
      continue;
    }
    const result = collapseTile(process, vma, base);
    if (result !== 'done') failure = result;
    if (result === 'never') break;
  }
  if (failure === 'done') return vma;
  return failure === 'busy' ? EAGAIN : EINVAL;
}

/** hugepage_vma_check() for khugepaged: no fault, and huge pages need no advice with MADV_COLLAPSE. */
export function mayCollapse(vma: Vma): boolean {
  if ((vma.flags & (VM_NOHUGEPAGE | VM_SPECIAL | VM_HUGETLB)) !== 0) return false;
  const last = Math.floor((vma.end - PAGES_PER_TILE) / PAGES_PER_TILE) * PAGES_PER_TILE;
  return hugeFits(vma, last) && (!vma.anonymous || vma.anonVma !== null);
}

function collapseTile(process: SimulatedProcess, vma: Vma, base: number): Collapse {
  const tile = process.table.find(base);
  if (tile !== null && tile.huge !== 0) return 'done';
  if (!vma.anonymous) return collapseFile(process, vma, base);
  return tile === null ? 'later' : collapseAnon(process, vma, tile, false);
}

/**
 * hpage_collapse_scan_pmd() and collapse_huge_page(): 512 entries, holes and zero pages included, are copied into one
 * huge page. At least one entry must be writable. All of it reads as written afterwards, and the page table is gone.
 */
export function collapseAnon(process: SimulatedProcess, vma: Vma, tile: Tile, khugepaged: boolean): Collapse {
  const verdict = scan(process, vma, tile, khugepaged);
  if (verdict !== 'done') return verdict;
  let used = 0;
  for (let index = 0; index < PAGES_PER_TILE; index++) {
    if ((tile.entry(index) & SWAP) !== 0) swapIn(process, vma, tile, tile.base + index, false);
    if (tile.entry(index) === 0) continue;
    used++;
    releaseEntry(process, vma, tile, index);
  }
  process.machine.populated += PAGES_PER_TILE - used;
  const before = process.journal.on ? pmdState(tile) : null;
  tile.reset((vma.flags & VM_WRITE) === 0 ? WRITTEN_PAGE & ~WRITABLE : WRITTEN_PAGE);
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
  return 'done';
}

/** max_ptes_none, max_ptes_swap and max_ptes_shared of khugepaged; MADV_COLLAPSE has no such limits. */
const MAX_HOLES = 511;
const MAX_SWAPPED = 64;
const MAX_SHARED = 256;

/** hpage_collapse_scan_pmd(): the first entry that stands in the way decides. */
function scan(process: SimulatedProcess, vma: Vma, tile: Tile, khugepaged: boolean): Collapse {
  let writable = false;
  let holes = 0;
  let shared = 0;
  let swapped = 0;
  let young = 0;
  let guarded = false;
  for (let index = 0; index < PAGES_PER_TILE; index++) {
    const { flags, frame, pins } = entryState(tile, index);
    if (flags === 0 || (flags & (PRESENT | ZERO)) === (PRESENT | ZERO)) {
      holes++;
      if ((vma.flags & VM_UFFD_WP) !== 0) return 'never';
      if (khugepaged && holes > MAX_HOLES) return 'later';
      continue;
    }
    if ((flags & UFFD_WP) !== 0) return 'later';
    if ((flags & PRESENT) === 0) {
      swapped++;
      if (khugepaged && swapped > MAX_SWAPPED) return 'later';
      if ((flags & GUARD) !== 0) guarded = true;
      continue;
    }
    if ((flags & WRITABLE) !== 0) writable = true;
    if (frame !== 0 && process.machine.frames.mappedBy(frame) > 1) shared++;
    if (khugepaged && shared > MAX_SHARED) return 'later';
    if (pins > 0) return 'busy';
    if ((flags & ACCESSED) !== 0) young++;
  }
  if (!writable) return 'later';
  if (khugepaged && (young === 0 || (swapped > 0 && young < PAGES_PER_TILE / 2))) return 'later';
  return guarded ? 'never' : 'done';
}
