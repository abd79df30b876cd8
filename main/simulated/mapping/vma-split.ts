import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { EINVAL, ENOMEM } from '../mm/errno.ts';
import { splitHugeAt } from './huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { VM_HUGETLB } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/**
 * __split_vma(): cuts `vma` at `page`, which is in it; both parts inherit everything, and a huge page across the
 * border is split. Returns the parts, or EINVAL if the border would cut a hugetlb page.
 */
export function splitVmaUnlimited(mm: MmStruct, vma: Vma, page: number): [low: Vma, high: Vma] | number {
  if ((vma.flags & VM_HUGETLB) !== 0 && page % PAGES_PER_TILE !== 0) return EINVAL;
  splitHugeAt(mm, vma, page);
  const parts: [Vma, Vma] = [vma.piece(vma.start, page), vma.piece(page, vma.end)];
  mm.vmas.replace(mm.vmas.indexOf(vma), 1, parts, 'split');
  return parts;
}

/** split_vma(): the same, but ENOMEM if the process already has max_map_count VMAs. */
export function splitVma(mm: MmStruct, vma: Vma, page: number): [low: Vma, high: Vma] | number {
  if (mm.vmas.count >= mm.memory.options.maxMapCount) return ENOMEM;
  return splitVmaUnlimited(mm, vma, page);
}

/** Cuts `vma` at `start` and `end` if they are inside it; returns the piece between, or an error. */
export function isolate(mm: MmStruct, vma: Vma, start: number, end: number): Vma | number {
  let piece = vma;
  if (start > piece.start) {
    const parts = splitVma(mm, piece, start);
    if (typeof parts === 'number') return parts;
    piece = parts[1];
  }
  if (end < piece.end) {
    const parts = splitVma(mm, piece, end);
    if (typeof parts === 'number') return parts;
    piece = parts[0];
  }
  return piece;
}
