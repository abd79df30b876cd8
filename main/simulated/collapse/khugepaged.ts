import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { collapseAnon, mayCollapse } from './collapse.ts';
import { hugeFaults } from '../mapping/huge.ts';
import type { SimulatedProcess } from '../process.ts';

/** One pass of khugepaged over a process: collapses what it may; returns the number of huge pages it made. */
export function khugepaged(process: SimulatedProcess): number {
  let made = 0;
  for (const vma of process.vmas.all()) {
    if (!hugeFaults(process, vma) || !mayCollapse(vma)) continue;
    const start = Math.ceil(vma.start / PAGES_PER_TILE) * PAGES_PER_TILE;
    const end = vma.end - (vma.end % PAGES_PER_TILE);
    const { table } = process;
    for (let tile = table.next(start, end); tile !== null; tile = table.next(tile.end, end)) {
      if (tile.huge === 0 && collapseAnon(process, vma, tile, true) === 'done') made++;
    }
  }
  return made;
}
