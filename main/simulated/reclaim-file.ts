import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { pinnedAnywhere } from './collapse-file.ts';
import { splitHuge } from './huge.ts';
import type { SimulatedProcess } from './process.ts';
import { FILE, PINNED, type Tile } from './tile.ts';
import type { Vma } from './vma.ts';
import { zapEntries } from './zap.ts';

/** A huge page of shared memory goes to swap: its entries become none, and it leaves the cache. */
export function reclaimHugeFile(process: SimulatedProcess, vma: Vma, tile: Tile, shared: boolean): number {
  const { object } = vma;
  const pgoff = vma.pgoffOf(tile.base);
  if (object === null || !process.machine.options.swap) return 0;
  if (pinnedAnywhere(process, object, pgoff, pgoff + PAGES_PER_TILE)) return 0;
  if (object.mappedBy(pgoff) > 1 && !shared) return 0;
  splitHuge(process, vma, tile);
  for (let i = 0; i < PAGES_PER_TILE; i++) {
    unmapPage(process, vma, pgoff + i);
    object.setCached(pgoff + i, false);
  }
  object.setHuge(pgoff, false);
  return PAGES_PER_TILE;
}

/** MADV_PAGEOUT of a part of a huge page of the cache: it is divided there, and its mapping goes. */
export function divideHugeFile(process: SimulatedProcess, vma: Vma, tile: Tile): void {
  const { object } = vma;
  const pgoff = vma.pgoffOf(tile.base);
  if (object === null || object.mappedBy(pgoff) > 1) return;
  if (pinnedAnywhere(process, object, pgoff, pgoff + PAGES_PER_TILE)) return;
  splitHuge(process, vma, tile);
  object.setHuge(pgoff, false);
}

/** A page of shared memory goes to swap itself: its entries become none, and it leaves the cache. */
export function reclaimFilePage(
  process: SimulatedProcess,
  vma: Vma,
  tile: Tile,
  index: number,
  shared: boolean,
): boolean {
  const { object } = vma;
  const pgoff = vma.pgoffOf(tile.base + index);
  if (object === null || object.kind === 'device' || object.isHuge(pgoff)) return false;
  if (!shared && object.mappedBy(pgoff) > 1) return false;
  if (pinnedAnywhere(process, object, pgoff, pgoff + 1)) return false;
  unmapPage(process, vma, pgoff);
  object.setCached(pgoff, false);
  return true;
}

/** try_to_unmap() of one page of the object, in every process. */
function unmapPage(process: SimulatedProcess, of: Vma, pgoff: number): void {
  for (const other of process.machine.processes) {
    for (const vma of other.vmas.all()) {
      const page = vma.start + (pgoff - vma.pgoff);
      if (vma.object !== of.object || page < vma.start || page >= vma.end) continue;
      const tile = other.table.find(page);
      if (tile === null) continue;
      if (tile.huge !== 0) splitHuge(other, vma, tile);
      else if ((tile.entry(page - tile.base) & (FILE | PINNED)) === FILE) {
        zapEntries(other, vma, tile, page, page + 1, 'reclaim', 'keep');
      }
    }
  }
}
