import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { hasFrame, setEntry } from '../mapping/entries.ts';
import { EINVAL } from '../mm/errno.ts';
import { setHuge, splitHugePage } from '../mapping/huge.ts';
import type { SimulatedProcess } from '../process.ts';
import { ACCESSED, DIRTY, FILE, LAZY_FREE, PRESENT, SWAP, ZERO, type Tile } from '../mm/tile.ts';
import { VM_HUGETLB } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';
import { releaseEntry } from '../mapping/zap.ts';

/**
 * MADV_FREE: the kernel may drop these pages as long as they stay clean: the hardware's D bit goes, the soft-dirty bit
 * stays. Pages in swap go at once; pages that a fork shares are left alone. Private anonymous memory only.
 */
export function freeRange(process: SimulatedProcess, vma: Vma, start: number, end: number): Vma | number {
  if (!vma.anonymous || (vma.flags & VM_HUGETLB) !== 0) return EINVAL;
  const { table } = process;
  for (let tile = table.next(start, end); tile !== null; tile = table.next(tile.end, end)) {
    if (tile.huge !== 0) {
      if (!soleHuge(process, tile)) continue;
      if (tile.base >= start && tile.end <= end) {
        setHuge(process, tile, (tile.huge & ~(DIRTY | ACCESSED)) | LAZY_FREE);
        continue;
      }
      // A page that somebody has pinned cannot be divided.
      if (tile.pins !== null) continue;
      splitHugePage(process, vma, tile);
    }
    const to = Math.min(end, tile.end) - tile.base;
    for (let index = Math.max(start, tile.base) - tile.base; index < to; index++) {
      freeEntry(process, vma, tile, index);
    }
  }
  return vma;
}

/** Whether the huge page is a page, and mapped here alone. */
export function soleHuge(process: SimulatedProcess, tile: Tile): boolean {
  if ((tile.huge & (ZERO | FILE)) !== 0) return false;
  if (!hasFrame(tile.huge)) return true;
  for (let index = 0; index < PAGES_PER_TILE; index++) {
    if (process.machine.frames.mappedBy(tile.frame(index)) > 1) return false;
  }
  return true;
}

/** madvise_free_pte_range() for one entry. */
function freeEntry(process: SimulatedProcess, vma: Vma, tile: Tile, index: number): void {
  const flags = tile.entry(index);
  if ((flags & SWAP) !== 0) {
    releaseEntry(process, vma, tile, index);
    setEntry(process, tile, index, flags, 0);
  } else if ((flags & PRESENT) !== 0 && (flags & (ZERO | FILE)) === 0) {
    if (hasFrame(flags) && process.machine.frames.users(tile.frame(index)) > 1) return;
    setEntry(process, tile, index, flags, (flags & ~(DIRTY | ACCESSED)) | LAZY_FREE);
  }
}
