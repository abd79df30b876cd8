import type { MmStruct } from '../mm/mm-struct.ts';
import { EXCLUSIVE, FILE, type Tile } from '../mm/tile.ts';
import type { Vma } from '../mm/vma.ts';

/** page_mapcount() of the page that a present entry maps. */
export function mapCount(mm: MmStruct, vma: Vma, tile: Tile, page: number, flags: number): number {
  if ((flags & FILE) !== 0) return vma.object?.mappedBy(vma.pgoffOf(page)) ?? 0;
  if ((flags & EXCLUSIVE) !== 0) return 1;
  return mm.memory.frames.mappedBy(tile.frame(page - tile.base));
}
