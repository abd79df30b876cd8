import { hasFrame, setEntry } from './entries.ts';
import { EINVAL } from './errno.ts';
import { setHuge, splitHuge } from './huge.ts';
import type { SimulatedProcess } from './process.ts';
import { ACCESSED, DIRTY, FILE, GUARD, LAZY_FREE, PRESENT, SWAP, ZERO, type Tile } from './tile.ts';
import { VM_HUGETLB } from './vm-flags.ts';
import type { Vma } from './vma.ts';
import { releaseEntry } from './zap.ts';

/**
 * MADV_FREE: the kernel may drop these pages as long as they stay clean: the hardware's D bit goes, the soft-dirty bit
 * stays. Pages in swap go at once; pages that a fork shares are left alone. Private anonymous memory only.
 */
export function freeRange(process: SimulatedProcess, vma: Vma, start: number, end: number): Vma | number {
  if (!vma.anonymous || (vma.flags & VM_HUGETLB) !== 0) return EINVAL;
  const { table } = process;
  for (let tile = table.next(start, end); tile !== null; tile = table.next(tile.end, end)) {
    if (tile.huge !== 0) {
      if (freeHuge(process, tile, tile.base >= start && tile.end <= end)) continue;
      splitHuge(process, vma, tile);
    }
    const to = Math.min(end, tile.end) - tile.base;
    for (let index = Math.max(start, tile.base) - tile.base; index < to; index++) {
      freeEntry(process, vma, tile, index);
    }
  }
  return vma;
}

/** madvise_free_huge_pmd(): true where nothing more is to be done; false where it is to be split. */
function freeHuge(process: SimulatedProcess, tile: Tile, whole: boolean): boolean {
  if ((tile.huge & ZERO) !== 0) return true;
  if (hasFrame(tile.huge) && process.machine.frames.mappedBy(tile.frame(0)) !== 1) return true;
  if (!whole) return false;
  setHuge(process, tile, (tile.huge & ~(DIRTY | ACCESSED)) | LAZY_FREE);
  return true;
}

function freeEntry(process: SimulatedProcess, vma: Vma, tile: Tile, index: number): void {
  const flags = tile.entry(index);
  if (flags === 0 || (flags & (GUARD | ZERO | FILE)) !== 0) return;
  if ((flags & SWAP) !== 0) {
    releaseEntry(process, vma, tile, index);
    setEntry(process, tile, index, flags, 0);
    return;
  }
  if ((flags & PRESENT) === 0) return;
  if (hasFrame(flags) && process.machine.frames.mappedBy(tile.frame(index)) !== 1) return;
  setEntry(process, tile, index, flags, (flags & ~(DIRTY | ACCESSED)) | LAZY_FREE);
}
