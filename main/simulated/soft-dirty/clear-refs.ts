import { WORDS_PER_TILE } from '#shared/memory/page.ts';
import { clearEntries, clearHuge } from './clear-soft-dirty.ts';
import { remember, tellEntries } from '../mapping/entries.ts';
import { EINVAL } from '../mm/errno.ts';
import { setHuge } from '../mapping/huge.ts';
import type { SimulatedProcess } from '../process.ts';
import { ACCESSED, AT_ACCESSED, AT_PRESENT, AT_ZERO, wordMask, type Tile } from '../mm/tile.ts';
import { notifiedProtection, VM_HUGETLB, VM_PFNMAP, VM_SOFTDIRTY } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/**
 * A value written to /proc/PID/clear_refs. 4: soft-dirty everywhere, VMAs and entries; 1, 2, 3: the accessed bits of
 * all, of anonymous, of file pages; 5 (the peak of resident memory) changes nothing here; others EINVAL.
 */
export function clearRefs(process: SimulatedProcess, value: number): number {
  if (!Number.isInteger(value) || value < 1 || value > 5) return EINVAL;
  if (value === 5) return 0;
  if (value === 4) clearVmaFlags(process);
  for (const vma of process.vmas.all()) {
    if ((vma.flags & (VM_PFNMAP | VM_HUGETLB)) !== 0) continue;
    if ((value === 2 && vma.object !== null) || (value === 3 && vma.object === null)) continue;
    const { table } = process;
    for (let tile = table.next(vma.start, vma.end); tile !== null; tile = table.next(tile.end, vma.end)) {
      const from = Math.max(vma.start, tile.base);
      const to = Math.min(vma.end, tile.end);
      if (value !== 4) clearAccessed(process, tile, from, to);
      else if (tile.huge !== 0) clearHuge(process, tile);
      else clearEntries(process, vma, tile, from, to);
    }
  }
  return 0;
}

function clearVmaFlags(process: SimulatedProcess): void {
  const list = process.vmas;
  for (let index = 0; index < list.count; index++) {
    const vma = list.at(index);
    if (vma !== undefined && (vma.flags & VM_SOFTDIRTY) !== 0) clearVmaFlag(process, vma, index);
  }
}

/** Takes VM_SOFTDIRTY from a VMA; shared memory then wants to see first writes (vma_set_page_prot()). */
export function clearVmaFlag(process: SimulatedProcess, vma: Vma, index: number): Vma {
  const flags = vma.flags & ~VM_SOFTDIRTY;
  const cleared = vma.with({ flags, prot: notifiedProtection(flags) });
  process.vmas.replace(index, 1, [cleared], 'soft-dirty');
  return cleared;
}

/** The accessed bits of pages [start, end) of one tile, save those of the zero page. */
function clearAccessed(process: SimulatedProcess, tile: Tile, start: number, end: number): void {
  if (tile.huge !== 0) {
    setHuge(process, tile, tile.huge & ~ACCESSED);
    return;
  }
  const before = remember(process, tile);
  for (let word = 0; word < WORDS_PER_TILE; word++) {
    const pages = tile.words[AT_PRESENT + word] & ~tile.words[AT_ZERO + word];
    tile.words[AT_ACCESSED + word] &= ~(pages & wordMask(word, start - tile.base, end - tile.base));
  }
  tellEntries(process, tile, 'clear', before);
}
