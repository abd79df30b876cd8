import { setEntry } from '../mapping/entries.ts';
import { EINVAL, ENOMEM } from '../mm/errno.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { GUARD } from '../mm/tile.ts';
import { VM_HUGETLB, VM_SPECIAL } from '../mm/vma-flags.ts';
import { prepareAnonVma } from '../mapping/vma-merge.ts';
import type { Vma } from '../mm/vma.ts';
import { zapRange } from '../mapping/zap.ts';

/** MADV_GUARD_INSTALL (Linux 6.13): the entries are zapped, and any access to the pages raises SIGSEGV. */
export function installGuards(mm: MmStruct, vma: Vma, start: number, end: number): Vma | number {
  if ((vma.flags & (VM_HUGETLB | VM_SPECIAL)) !== 0) return EINVAL;
  // With an anon_vma, also of shared memory, a fork copies the markers.
  const prepared = prepareAnonVma(mm, vma);
  zapRange(mm, prepared, start, end, 'keep');
  for (let page = start; page < end; page++) {
    if (!mm.memory.hasRoom(1)) return ENOMEM;
    const tile = mm.table.ensure(page);
    const index = page - tile.base;
    setEntry(mm, tile, index, tile.entry(index), GUARD);
  }
  return prepared;
}

/** MADV_GUARD_REMOVE: removes guard markers and nothing else. */
export function removeGuards(mm: MmStruct, vma: Vma, start: number, end: number): Vma | number {
  if ((vma.flags & (VM_HUGETLB | VM_SPECIAL)) !== 0) return EINVAL;
  const { table } = mm;
  for (let tile = table.next(start, end); tile !== null; tile = table.next(tile.end, end)) {
    if (tile.huge !== 0) continue;
    const to = Math.min(end, tile.end) - tile.base;
    for (let index = Math.max(start, tile.base) - tile.base; index < to; index++) {
      const flags = tile.entry(index);
      if ((flags & GUARD) !== 0) setEntry(mm, tile, index, flags, 0);
    }
  }
  return vma;
}
