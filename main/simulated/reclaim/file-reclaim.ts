import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { splitHuge } from '../mapping/huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { fileMappings, type FileMapping } from '../mapping/reverse-map.ts';
import { FILE, type Tile } from '../mm/tile.ts';
import type { Vma } from '../mm/vma.ts';
import { zapEntries } from '../mapping/zap.ts';

/**
 * Reclaim of the pages of a file or of shared memory that one VMA maps: they are swapped out themselves, so their
 * entries become none in all processes, and they leave the cache. With `shared` also pages that several entries map.
 */
export class FileReclaim {
  private readonly mm: MmStruct;
  private readonly vma: Vma;
  private readonly shared: boolean;
  /** The mappings of the VMA's pages in all processes; computed for the first page. */
  private known: FileMapping[] | null = null;

  constructor(mm: MmStruct, vma: Vma, shared: boolean) {
    this.mm = mm;
    this.vma = vma;
    this.shared = shared;
  }

  /** A huge page; MADV_PAGEOUT of a part of it divides it in the cache, and its mapping goes. Returns the number of pages reclaimed. */
  hugePage(tile: Tile, whole: boolean): number {
    const { object } = this.vma;
    const pgoff = this.vma.pgoffOf(tile.base);
    const alone = object !== null && object.mappedBy(pgoff) <= 1;
    if (object === null || (!alone && !this.shared)) return 0;
    if (whole ? !this.mm.memory.options.swap : this.shared) return 0;
    if (this.isPinned(pgoff, pgoff + PAGES_PER_TILE)) return 0;
    splitHuge(this.mm, this.vma, tile);
    if (whole) for (let i = 0; i < PAGES_PER_TILE; i++) this.evict(pgoff + i);
    object.setHuge(pgoff, false);
    return whole ? PAGES_PER_TILE : 0;
  }

  /** One page; true if it was reclaimed. */
  page(tile: Tile, index: number): boolean {
    const { object } = this.vma;
    const pgoff = this.vma.pgoffOf(tile.base + index);
    if (object === null || object.kind === 'device' || object.isHuge(pgoff)) return false;
    if (!this.mm.memory.options.swap || (!this.shared && object.mappedBy(pgoff) > 1)) return false;
    if (this.isPinned(pgoff, pgoff + 1)) return false;
    this.evict(pgoff);
    return true;
  }

  private get mappings(): FileMapping[] {
    const { object, start, end } = this.vma;
    if (object === null) return [];
    const first = this.vma.pgoffOf(start);
    this.known ??= fileMappings(this.mm.mmlist, object, first, first + (end - start));
    return this.known;
  }

  private isPinned(first: number, end: number): boolean {
    return this.mappings.some((mapping) => pinsIn(mapping, first, end));
  }

  /** try_to_unmap() of one page; then it is no longer in the cache. */
  private evict(pgoff: number): void {
    for (const { mm, vma, start, end } of this.mappings) {
      const page = vma.start + (pgoff - vma.pgoff);
      const tile = page >= start && page < end ? mm.table.find(page) : null;
      if (tile === null) continue;
      if (tile.huge !== 0) splitHuge(mm, vma, tile);
      else if ((tile.entry(page - tile.base) & FILE) !== 0) {
        zapEntries(mm, vma, tile, page, page + 1, 'reclaim', 'keep');
      }
    }
    this.vma.object?.setCached(pgoff, false);
  }
}

/** Whether a page of [first, end) of the object is pinned through this mapping; private copies do not count. */
export function pinsIn({ mm, vma, start, end }: FileMapping, first: number, last: number): boolean {
  const from = Math.max(start, vma.start + (first - vma.pgoff));
  const to = Math.min(end, vma.start + (last - vma.pgoff));
  for (let page = from; page < to; page++) {
    const tile = mm.table.find(page);
    if (tile === null || tile.pins?.has(page - tile.base) !== true) continue;
    if ((tile.entry(page - tile.base) & FILE) !== 0) return true;
  }
  return false;
}
