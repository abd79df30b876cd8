import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { hugeFits } from '../mapping/huge.ts';
import { EAGAIN, EINVAL } from '../mm/errno.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { VM_HUGETLB, VM_NOHUGEPAGE, VM_SPECIAL } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';
import { collapseAnon } from './collapse-anon.ts';
import { collapseFile } from './collapse-file.ts';
import type { CollapseOutcome } from './outcome.ts';

/**
 * MADV_COLLAPSE for the part [start, end) of one VMA: every aligned 2 MiB in it becomes a huge page. EINVAL: the VMA
 * cannot have huge pages, or one of them could not be made (those that were made stay); EAGAIN: a pinned page.
 */
export function collapseRange(mm: MmStruct, vma: Vma, start: number, end: number): Vma | number {
  if (!mayCollapse(vma)) return EINVAL;
  const low = Math.ceil(start / PAGES_PER_TILE) * PAGES_PER_TILE;
  const high = end - (end % PAGES_PER_TILE);
  if (high < low) return EINVAL;
  let failure: CollapseOutcome = 'done';
  for (let base = low; base < high; base += PAGES_PER_TILE) {
    const next = mm.table.next(base, high);
    if (vma.anonymous && (next === null || next.base > base)) {
      // No page table, nothing to collapse: skip the hole.
      failure = 'later';
      base = (next === null ? high : next.base) - PAGES_PER_TILE;
      continue;
    }
    const result = collapseTile(mm, vma, base);
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

function collapseTile(mm: MmStruct, vma: Vma, base: number): CollapseOutcome {
  const tile = mm.table.find(base);
  if (tile !== null && tile.huge !== 0) return 'done';
  if (!vma.anonymous) return collapseFile(mm, vma, base);
  return tile === null ? 'later' : collapseAnon(mm, vma, tile, false);
}
