import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { Collapse } from './collapse.ts';
import { mapHugeFile } from './fault-file.ts';
import { hugeFits } from './huge.ts';
import type { MemoryObject } from './memory-object.ts';
import type { SimulatedProcess } from './process.ts';
import type { Vma } from './vma.ts';
import { zapEntries } from './zap.ts';
import { AT_FILE, FILE, PRESENT, SWAP, type Tile } from './tile.ts';

/**
 * collapse_file(): the 512 pages of shared memory or of a file behind `base` become one huge page of the cache, whose
 * small entries go everywhere, soft-dirty bits included. Here it is then mapped by one PMD entry that is not soft-dirty
 * and as writable as a read fault makes it; a VMA with private copies of its pages keeps its page table.
 */
export function collapseFile(process: SimulatedProcess, vma: Vma, base: number): Collapse {
  const { object } = vma;
  if (object === null || !hugeFits(vma, base)) return 'never';
  const first = vma.pgoffOf(base);
  const tile = process.table.find(base);
  if (!object.isHuge(first)) {
    const cached = object.cachedRuns(first, first + PAGES_PER_TILE);
    if (cached.length === 0) return 'never';
    if (pinnedAnywhere(process, object, first, first + PAGES_PER_TILE)) return 'busy';
    for (const other of process.machine.processes) unmapSmall(other, object, first);
    for (let i = 0; i < PAGES_PER_TILE; i++) object.setCached(first + i, true);
    object.setHuge(first, true);
    // retract_page_tables(): a VMA without a page table there stays as it is, and so does one with private copies.
    if (vma.anonVma !== null || tile === null) return 'never';
  }
  if (tile !== null) {
    if (hasPrivate(tile)) return 'never';
    zapEntries(process, vma, tile, tile.base, tile.end, 'zap');
    process.table.remove(tile, 'table-freed');
  }
  mapHugeFile(process, vma, object, base, false);
  return 'done';
}

/** Every page of a process where a page of [first, last) of the object may be mapped. */
function forEachMapping(
  process: SimulatedProcess,
  object: MemoryObject,
  first: number,
  last: number,
  visit: (vma: Vma, start: number, end: number) => void,
): void {
  for (const vma of process.vmas.all()) {
    if (vma.object !== object) continue;
    const start = Math.max(vma.start, vma.start + (first - vma.pgoff));
    const end = Math.min(vma.end, vma.start + (last - vma.pgoff));
    if (start < end) visit(vma, start, end);
  }
}

/** try_to_unmap() of the pages: private copies stay. */
function unmapSmall(process: SimulatedProcess, object: MemoryObject, first: number): void {
  forEachMapping(process, object, first, first + PAGES_PER_TILE, (vma, start, end) => {
    for (let page = start; page < end; page++) {
      const tile = process.table.find(page);
      if (tile === null || tile.huge !== 0) continue;
      const index = page - tile.base;
      if (((tile.words[AT_FILE + (index >>> 5)] >>> (index & 31)) & 1) === 0) continue;
      zapEntries(process, vma, tile, page, page + 1, 'reclaim', 'keep');
    }
  });
}

/** Whether any mapping of the pages [first, end) of the object is pinned; private copies do not count. */
export function pinnedAnywhere(
  process: SimulatedProcess,
  object: MemoryObject,
  first: number,
  end: number,
): boolean {
  let found = false;
  for (const other of process.machine.processes) {
    forEachMapping(other, object, first, end, (_vma, from, to) => {
      for (let page = from; page < to; page++) {
        const tile = other.table.find(page);
        if (tile === null || tile.pins?.has(page - tile.base) !== true) continue;
        if ((tile.entry(page - tile.base) & FILE) !== 0) found = true;
      }
    });
  }
  return found;
}

/** Whether private copies stand among the entries of the file. */
function hasPrivate(tile: Tile): boolean {
  for (let index = 0; index < PAGES_PER_TILE; index++) {
    const entry = tile.entry(index);
    if ((entry & (PRESENT | SWAP)) !== 0 && (entry & FILE) === 0) return true;
  }
  return false;
}
