import { WORDS_PER_TILE } from '#shared/memory/page.ts';
import { stateBefore, emitEntries } from '../mapping/entries.ts';
import { setHuge } from '../mapping/huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { AT_PINNED, AT_SOFT, AT_WRITABLE, SOFT, WRITABLE, wordMask, type Tile } from '../mm/tile.ts';
import { VM_MAYWRITE, VM_SHARED } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/**
 * clear_soft_dirty() for pages [start, end) of a page table: soft-dirty off and write-protected, even if the bit was
 * off already; the hardware's D bit stays. A pinned page that is writable is skipped: a device may write to it unseen.
 */
export function clearEntries(mm: MmStruct, vma: Vma, tile: Tile, start: number, end: number): void {
  const before = stateBefore(mm, tile);
  const words = tile.words;
  const pinnable = tile.pins !== null && mayPin(vma);
  for (let word = 0; word < WORDS_PER_TILE; word++) {
    let mask = wordMask(word, start - tile.base, end - tile.base);
    if (pinnable) mask &= ~(words[AT_PINNED + word] & words[AT_WRITABLE + word]);
    words[AT_SOFT + word] &= ~mask;
    words[AT_WRITABLE + word] &= ~mask;
  }
  emitEntries(mm, tile, 'clear', before);
}

/** pte_is_pinned() asks only in copy-on-write mappings. */
export function mayPin(vma: Vma): boolean {
  return (vma.flags & (VM_SHARED | VM_MAYWRITE)) === VM_MAYWRITE;
}

/** clear_soft_dirty_pmd(). */
export function clearHuge(mm: MmStruct, tile: Tile): void {
  const flags = tile.huge & ~(SOFT | WRITABLE);
  if (flags !== tile.huge) setHuge(mm, tile, flags);
}
