import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { CollapseOutcome } from './outcome.ts';
import { mapHugeFile } from '../fault/fault-file.ts';
import { hugeFits } from '../mapping/huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { pinsIn } from '../reclaim/file-reclaim.ts';
import { fileMappings, type FileMapping } from '../mapping/reverse-map.ts';
import type { Vma } from '../mm/vma.ts';
import { zapEntries } from '../mapping/zap.ts';
import { FILE, PRESENT, SWAP, type Tile } from '../mm/tile.ts';

/**
 * collapse_file(): the 512 pages of shared memory or of a file behind `base` become one huge page of the cache; the
 * small entries are zapped in all processes, soft-dirty bits included. In this VMA it is then mapped by one PMD entry that is not soft-dirty
 * and as writable as a read fault makes it; a VMA with private copies of its pages keeps its page table.
 */
export function collapseFile(mm: MmStruct, vma: Vma, base: number): CollapseOutcome {
  const { object } = vma;
  if (object === null || !hugeFits(vma, base)) return 'never';
  const first = vma.pgoffOf(base);
  const tile = mm.table.find(base);
  if (!object.isHuge(first)) {
    const cached = object.cachedRuns(first, first + PAGES_PER_TILE);
    if (cached.length === 0) return 'never';
    const end = first + PAGES_PER_TILE;
    const mappings = fileMappings(mm.mmlist, object, first, end);
    if (mappings.some((mapping) => pinsIn(mapping, first, end))) return 'busy';
    mappings.forEach(unmapSmall);
    for (let i = 0; i < PAGES_PER_TILE; i++) object.setCached(first + i, true);
    object.setHuge(first, true);
    // retract_page_tables(): a VMA without a page table there, or with private copies, is not changed.
    if (vma.anonVma !== null || tile === null) return 'never';
  }
  if (tile !== null) {
    if (hasPrivate(tile)) return 'never';
    zapEntries(mm, vma, tile, tile.base, tile.end, 'zap');
    mm.table.remove(tile, 'table-freed');
  }
  mapHugeFile(mm, vma, object, base, false);
  return 'done';
}

/** try_to_unmap() of the pages: private copies stay. */
function unmapSmall({ mm, vma, start, end }: FileMapping): void {
  for (let page = start; page < end; page++) {
    const tile = mm.table.find(page);
    if (tile === null || tile.huge !== 0 || (tile.entry(page - tile.base) & FILE) === 0) continue;
    zapEntries(mm, vma, tile, page, page + 1, 'reclaim', 'keep');
  }
}

/** Whether the page table holds private copies. */
function hasPrivate(tile: Tile): boolean {
  for (let index = 0; index < PAGES_PER_TILE; index++) {
    const entry = tile.entry(index);
    if ((entry & (PRESENT | SWAP)) !== 0 && (entry & FILE) === 0) return true;
  }
  return false;
}
