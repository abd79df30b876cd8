import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { mapHugeFile } from './fault-file.ts';
import { hugeFits } from './huge.ts';
import type { SimulatedProcess } from './process.ts';
import type { Vma } from './vma.ts';
import { zapEntries } from './zap.ts';

/**
 * collapse_file(): the 512 pages of shared memory or of a file behind `base` become one huge page of the cache, mapped
 * here by one PMD entry that is not soft-dirty, writable as a read fault would make it. Elsewhere small entries go, and
 * their next fault maps it anew.
 */
export function collapseFile(process: SimulatedProcess, vma: Vma, base: number): boolean {
  const { object } = vma;
  const pgoff = vma.pgoffOf(base);
  if (object === null || !hugeFits(vma, base) || pgoff + PAGES_PER_TILE > object.size) return false;
  // Private copies of its pages must stay where they are.
  if (vma.anonVma !== null || !process.machine.hasRoom(PAGES_PER_TILE)) return false;
  for (let i = 0; i < PAGES_PER_TILE; i++) object.setCached(pgoff + i, true);
  object.setHuge(pgoff, true);
  for (const other of process.machine.processes) retract(other, pgoff, vma);
  if (process.table.find(base) === null) mapHugeFile(process, vma, object, base, false);
  return true;
}

/** retract_page_tables(): unmaps the small entries of these pages wherever they have a page table to themselves. */
function retract(process: SimulatedProcess, pgoff: number, of: Vma): void {
  for (const vma of process.vmas.all()) {
    if (vma.object !== of.object || vma.anonVma !== null) continue;
    const base = vma.start + (pgoff - vma.pgoff);
    if (base % PAGES_PER_TILE !== 0 || !hugeFits(vma, base)) continue;
    const tile = process.table.find(base);
    if (tile === null || tile.huge !== 0) continue;
    zapEntries(process, vma, tile, tile.base, tile.end, 'zap');
    process.table.remove(tile, 'table-freed');
  }
}
