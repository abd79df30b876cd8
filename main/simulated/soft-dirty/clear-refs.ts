import { WORDS_PER_TILE } from '#shared/memory/page.ts';
import { clearEntries, clearHuge } from './clear-soft-dirty.ts';
import { stateBefore, emitEntries } from '../mapping/entries.ts';
import { EINVAL } from '../mm/errno.ts';
import { setHuge } from '../mapping/huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { ACCESSED, AT_ACCESSED, AT_PRESENT, AT_ZERO, wordMask, type Tile } from '../mm/tile.ts';
import { notifiedProtection, VM_HUGETLB, VM_PFNMAP, VM_SOFTDIRTY } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/**
 * A value written to /proc/PID/clear_refs. 4: soft-dirty everywhere, VMAs and entries; 1, 2, 3: the accessed bits of
 * all, of anonymous, of file pages; 5 (the peak of resident memory) changes nothing here; others EINVAL.
 */
export function clearRefs(mm: MmStruct, value: number): number {
  if (!Number.isInteger(value) || value < 1 || value > 5) return EINVAL;
  if (value === 5) return 0;
  if (value === 4) clearVmaFlags(mm);
  for (const vma of mm.vmas.all()) {
    if ((vma.flags & (VM_PFNMAP | VM_HUGETLB)) !== 0) continue;
    if ((value === 2 && vma.object !== null) || (value === 3 && vma.object === null)) continue;
    const { table } = mm;
    for (let tile = table.next(vma.start, vma.end); tile !== null; tile = table.next(tile.end, vma.end)) {
      const from = Math.max(vma.start, tile.base);
      const to = Math.min(vma.end, tile.end);
      if (value !== 4) clearAccessed(mm, tile, from, to);
      else if (tile.huge !== 0) clearHuge(mm, tile);
      else clearEntries(mm, vma, tile, from, to);
    }
  }
  return 0;
}

function clearVmaFlags(mm: MmStruct): void {
  const list = mm.vmas;
  for (let index = 0; index < list.count; index++) {
    const vma = list.at(index);
    if (vma !== undefined && (vma.flags & VM_SOFTDIRTY) !== 0) clearVmaFlag(mm, vma, index);
  }
}

/** Clears VM_SOFTDIRTY of a VMA; first writes to shared memory then fault (vma_set_page_prot()). */
export function clearVmaFlag(mm: MmStruct, vma: Vma, index: number): Vma {
  const flags = vma.flags & ~VM_SOFTDIRTY;
  const cleared = vma.with({ flags, prot: notifiedProtection(flags) });
  mm.vmas.replace(index, 1, [cleared], 'soft-dirty');
  return cleared;
}

/** The accessed bits of pages [start, end) of one tile, except those of the zero page. */
function clearAccessed(mm: MmStruct, tile: Tile, start: number, end: number): void {
  if (tile.huge !== 0) {
    setHuge(mm, tile, tile.huge & ~ACCESSED);
    return;
  }
  const before = stateBefore(mm, tile);
  for (let word = 0; word < WORDS_PER_TILE; word++) {
    const pages = tile.words[AT_PRESENT + word] & ~tile.words[AT_ZERO + word];
    tile.words[AT_ACCESSED + word] &= ~(pages & wordMask(word, start - tile.base, end - tile.base));
  }
  emitEntries(mm, tile, 'clear', before);
}
