import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { setEntry } from '../mapping/entries.ts';
import { setHuge } from '../mapping/huge.ts';
import { mapCount } from '../pagemap/pagemap.ts';
import type { SimulatedProcess } from '../process.ts';
import { DIRTY, PINNED, PRESENT, SOFT, ZERO } from '../mm/tile.ts';
import { VM_HUGETLB, VM_PFNMAP } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/**
 * move_pages(2) of the pages of [start, end) that this process alone maps: each is copied elsewhere and its entry made
 * again. Pinned pages stay, and so does the zero page. Returns how many were moved.
 */
export function migrateRange(process: SimulatedProcess, start: number, end: number): number {
  let moved = 0;
  for (const vma of process.vmas.all()) {
    if (vma.end <= start || vma.start >= end || (vma.flags & (VM_PFNMAP | VM_HUGETLB)) !== 0) continue;
    moved += migrateVma(process, vma, Math.max(start, vma.start), Math.min(end, vma.end));
  }
  return moved;
}

function migrateVma(process: SimulatedProcess, vma: Vma, start: number, end: number): number {
  const { table } = process;
  let moved = 0;
  for (let tile = table.next(start, end); tile !== null; tile = table.next(tile.end, end)) {
    if (tile.huge !== 0) {
      if ((tile.huge & ZERO) !== 0 || tile.pins !== null) continue;
      if (mapCount(process, vma, tile, tile.base, tile.huge) !== 1) continue;
      setHuge(process, tile, remade(tile.huge));
      moved += PAGES_PER_TILE;
      continue;
    }
    const to = Math.min(end, tile.end);
    for (let page = Math.max(start, tile.base); page < to; page++) {
      const flags = tile.entry(page - tile.base);
      if ((flags & PRESENT) === 0 || (flags & (ZERO | PINNED)) !== 0) continue;
      if (mapCount(process, vma, tile, page, flags) !== 1) continue;
      moved++;
      setEntry(process, tile, page - tile.base, flags, remade(flags));
    }
  }
  return moved;
}

/** remove_migration_pte(): pte_mkdirty() of x86 marks a dirty page soft-dirty again. */
function remade(flags: number): number {
  return (flags & DIRTY) !== 0 ? flags | SOFT : flags;
}
