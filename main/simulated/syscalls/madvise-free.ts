import { setEntry } from '../mapping/entries.ts';
import { hasFrame } from '../mm/entry.ts';
import { EINVAL } from '../mm/errno.ts';
import { setHuge, soleHuge, splitHugePage } from '../mapping/huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { ACCESSED, DIRTY, FILE, LAZY_FREE, PRESENT, SWAP, ZERO, type Tile } from '../mm/tile.ts';
import { VM_HUGETLB } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';
import { releaseEntry } from '../mapping/zap.ts';

/**
 * MADV_FREE: the kernel may drop these pages as long as they stay clean: the hardware's D bit is cleared, the
 * soft-dirty bit stays. Pages in swap are dropped at once; pages that a fork shares are skipped. Private anonymous memory only.
 */
export function freeRange(mm: MmStruct, vma: Vma, start: number, end: number): Vma | number {
  if (!vma.anonymous || (vma.flags & VM_HUGETLB) !== 0) return EINVAL;
  const { table } = mm;
  for (let tile = table.next(start, end); tile !== null; tile = table.next(tile.end, end)) {
    if (tile.huge !== 0) {
      if (!soleHuge(mm, tile)) continue;
      if (tile.base >= start && tile.end <= end) {
        setHuge(mm, tile, (tile.huge & ~(DIRTY | ACCESSED)) | LAZY_FREE);
        continue;
      }
      // A pinned page cannot be split.
      if (tile.pins !== null) continue;
      splitHugePage(mm, vma, tile);
    }
    const to = Math.min(end, tile.end) - tile.base;
    for (let index = Math.max(start, tile.base) - tile.base; index < to; index++) {
      freeEntry(mm, vma, tile, index);
    }
  }
  return vma;
}

/** madvise_free_pte_range() for one entry. */
function freeEntry(mm: MmStruct, vma: Vma, tile: Tile, index: number): void {
  const flags = tile.entry(index);
  if ((flags & SWAP) !== 0) {
    releaseEntry(mm, vma, tile, index);
    setEntry(mm, tile, index, flags, 0);
  } else if ((flags & PRESENT) !== 0 && (flags & (ZERO | FILE)) === 0) {
    if (hasFrame(flags) && mm.memory.frames.users(tile.frame(index)) > 1) return;
    setEntry(mm, tile, index, flags, (flags & ~(DIRTY | ACCESSED)) | LAZY_FREE);
  }
}
