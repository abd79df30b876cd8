import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { setEntry } from './entries.ts';
import { setHuge } from './huge.ts';
import type { SimulatedProcess } from './process.ts';
import { DIRTY, PINNED, PRESENT, SOFT, ZERO } from './tile.ts';
import { VM_HUGETLB, VM_PFNMAP } from './vm-flags.ts';

/**
 * migrate_pages() over the pages of [start, end): each is copied elsewhere and its entry made again, soft-dirty as it
 * was. Pinned pages stay, and so does the zero page. Returns how many were moved.
 */
export function migrateRange(process: SimulatedProcess, start: number, end: number): number {
  const { table } = process;
  let moved = 0;
  for (let tile = table.next(start, end); tile !== null; tile = table.next(tile.end, end)) {
    const vma = process.vmas.lookup(Math.max(start, tile.base));
    if (vma !== null && (vma.flags & (VM_PFNMAP | VM_HUGETLB)) !== 0) continue;
    if (tile.huge !== 0) {
      if ((tile.huge & (ZERO | PINNED)) !== 0) continue;
      setHuge(process, tile, remade(tile.huge));
      moved += PAGES_PER_TILE;
      continue;
    }
    const to = Math.min(end, tile.end) - tile.base;
    for (let index = Math.max(start, tile.base) - tile.base; index < to; index++) {
      const flags = tile.entry(index);
      if ((flags & PRESENT) === 0 || (flags & (ZERO | PINNED)) !== 0) continue;
      moved++;
      setEntry(process, tile, index, flags, remade(flags));
    }
  }
  return moved;
}

/** remove_migration_pte(): pte_mkdirty() of x86 marks a dirty page soft-dirty again. */
function remade(flags: number): number {
  return (flags & DIRTY) !== 0 ? flags | SOFT : flags;
}
