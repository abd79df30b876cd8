import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { swapIn } from '../fault/fault-anon.ts';
import { releaseEntry } from '../mapping/zap.ts';
import { entryState } from '../mm/entry.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import {
  ACCESSED,
  GUARD,
  pmdState,
  PRESENT,
  SWAP,
  UFFD_WP,
  WRITABLE,
  WRITTEN_PAGE,
  ZERO,
  type Tile,
} from '../mm/tile.ts';
import { VM_UFFD_WP, VM_WRITE } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';
import type { CollapseOutcome } from './outcome.ts';

/**
 * hpage_collapse_scan_pmd() and collapse_huge_page(): 512 entries, holes and zero pages included, are copied into one
 * huge page. At least one entry must be writable. All of it reads as written afterwards, and the page table is freed.
 */
export function collapseAnon(mm: MmStruct, vma: Vma, tile: Tile, khugepaged: boolean): CollapseOutcome {
  const verdict = scan(mm, vma, tile, khugepaged);
  if (verdict !== 'done') return verdict;
  let used = 0;
  for (let index = 0; index < PAGES_PER_TILE; index++) {
    if ((tile.entry(index) & SWAP) !== 0) swapIn(mm, vma, tile, tile.base + index, false);
    if (tile.entry(index) === 0) continue;
    used++;
    releaseEntry(mm, vma, tile, index);
  }
  mm.memory.populated += PAGES_PER_TILE - used;
  const before = mm.events.active ? pmdState(tile) : null;
  tile.reset((vma.flags & VM_WRITE) === 0 ? WRITTEN_PAGE & ~WRITABLE : WRITTEN_PAGE);
  if (before !== null) {
    const after = pmdState(tile);
    mm.events.emit({
      type: 'pmd',
      process: mm.id,
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

/** hpage_collapse_scan_pmd(): the first obstacle decides. */
function scan(mm: MmStruct, vma: Vma, tile: Tile, khugepaged: boolean): CollapseOutcome {
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
    if (frame !== 0 && mm.memory.frames.mappedBy(frame) > 1) shared++;
    if (khugepaged && shared > MAX_SHARED) return 'later';
    if (pins > 0) return 'busy';
    if ((flags & ACCESSED) !== 0) young++;
  }
  if (!writable) return 'later';
  if (khugepaged && (young === 0 || (swapped > 0 && young < PAGES_PER_TILE / 2))) return 'later';
  return guarded ? 'never' : 'done';
}
