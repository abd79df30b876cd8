import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { collapseAnon } from './collapse-anon.ts';
import { mayCollapse } from './collapse.ts';
import { hugeFaults } from '../mapping/huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';

/** One pass of khugepaged over a process: collapses what it may; returns the number of huge pages it made. */
export function khugepaged(mm: MmStruct): number {
  let made = 0;
  for (const vma of mm.vmas.all()) {
    if (!hugeFaults(mm, vma) || !mayCollapse(vma)) continue;
    const start = Math.ceil(vma.start / PAGES_PER_TILE) * PAGES_PER_TILE;
    const end = vma.end - (vma.end % PAGES_PER_TILE);
    const { table } = mm;
    for (let tile = table.next(start, end); tile !== null; tile = table.next(tile.end, end)) {
      if (tile.huge === 0 && collapseAnon(mm, vma, tile, true) === 'done') made++;
    }
  }
  return made;
}
