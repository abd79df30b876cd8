import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { setEntry } from '../mapping/entries.ts';
import { setHuge } from '../mapping/huge.ts';
import { mapCount } from '../mapping/map-count.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { DIRTY, PINNED, PRESENT, SOFT, ZERO } from '../mm/tile.ts';
import { VM_HUGETLB, VM_PFNMAP } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/**
 * move_pages(2) of the pages of [start, end) that this process alone maps: each is copied and its entry
 * rebuilt. Pinned pages and the zero page stay. Returns how many were moved.
 */
export function migrateRange(mm: MmStruct, start: number, end: number): number {
  let moved = 0;
  for (const vma of mm.vmas.all()) {
    if (vma.end <= start || vma.start >= end || (vma.flags & (VM_PFNMAP | VM_HUGETLB)) !== 0) continue;
    moved += migrateVma(mm, vma, Math.max(start, vma.start), Math.min(end, vma.end));
  }
  return moved;
}

function migrateVma(mm: MmStruct, vma: Vma, start: number, end: number): number {
  const { table } = mm;
  let moved = 0;
  for (let tile = table.next(start, end); tile !== null; tile = table.next(tile.end, end)) {
    if (tile.huge !== 0) {
      if ((tile.huge & ZERO) !== 0 || tile.pins !== null) continue;
      if (mapCount(mm, vma, tile, tile.base, tile.huge) !== 1) continue;
      setHuge(mm, tile, rebuilt(tile.huge));
      moved += PAGES_PER_TILE;
      continue;
    }
    const to = Math.min(end, tile.end);
    for (let page = Math.max(start, tile.base); page < to; page++) {
      const flags = tile.entry(page - tile.base);
      if ((flags & PRESENT) === 0 || (flags & (ZERO | PINNED)) !== 0) continue;
      if (mapCount(mm, vma, tile, page, flags) !== 1) continue;
      moved++;
      setEntry(mm, tile, page - tile.base, flags, rebuilt(flags));
    }
  }
  return moved;
}

/** remove_migration_pte(): pte_mkdirty() of x86 marks a dirty page soft-dirty again. */
function rebuilt(flags: number): number {
  return (flags & DIRTY) !== 0 ? flags | SOFT : flags;
}
