import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { hasFrame } from '../mm/entry.ts';
import { splitHuge } from './huge.ts';
import type { MemoryObject } from '../mm/memory-object.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { PRESENT, type Tile } from '../mm/tile.ts';
import type { Vma } from '../mm/vma.ts';

export interface EntryAt {
  readonly mm: MmStruct;
  readonly vma: Vma;
  readonly tile: Tile;
  readonly index: number;
}

/**
 * Where other processes map the pages that forks share (rmap_walk()). A page is mostly where it was when the fork was
 * made; of those that were moved since, a table is made when the first is asked for. Short-lived: one pass of reclaim.
 */
export class SharedPages {
  private readonly mm: MmStruct;
  private moved: Map<number, Place[]> | null = null;

  constructor(mm: MmStruct) {
    this.mm = mm;
  }

  /** The present entries of other processes for the page that `process` has at `page`; huge pages there are split. */
  others(frame: number, page: number): EntryAt[] {
    const { mmlist } = this.mm;
    const { frames } = this.mm.memory;
    const found: EntryAt[] = [];
    for (const mm of mmlist) {
      if (mm !== this.mm) found.push(...entryOf(mm, frame, page));
    }
    if (found.length + 1 === frames.mappedBy(frame)) return found;
    this.moved ??= this.findAll();
    return (this.moved.get(frame) ?? []).flatMap((at) => entryOf(at.mm, frame, at.page));
  }

  private findAll(): Map<number, Place[]> {
    const all = new Map<number, Place[]>();
    for (const mm of this.mm.mmlist) {
      if (mm === this.mm) continue;
      const { table } = mm;
      for (let tile = table.next(0, Infinity); tile !== null; tile = table.next(tile.end, Infinity)) {
        if (tile.frameBase === 0 && tile.frames === null) continue;
        for (let index = 0; index < PAGES_PER_TILE; index++) {
          if (!hasFrame(tile.entry(index))) continue;
          const frame = tile.frame(index);
          const places = all.get(frame);
          const place = { mm, page: tile.base + index };
          if (places === undefined) all.set(frame, [place]);
          else places.push(place);
        }
      }
    }
    return all;
  }
}

interface Place {
  readonly mm: MmStruct;
  readonly page: number;
}

/** The entry of `page`, if it is present and maps the frame. */
function entryOf(mm: MmStruct, frame: number, page: number): EntryAt[] {
  const tile = mm.table.find(page);
  const vma = mm.vmas.lookup(page);
  if (tile === null || vma === null) return [];
  const index = page - tile.base;
  if (!hasFrame(tile.entry(index)) || tile.frame(index) !== frame) return [];
  splitHuge(mm, vma, tile);
  return (tile.entry(index) & PRESENT) === 0 ? [] : [{ mm, vma, tile, index }];
}

/** Part of a VMA that maps pages of an object. */
export interface FileMapping {
  readonly mm: MmStruct;
  readonly vma: Vma;
  /** Pages of the process. */
  readonly start: number;
  readonly end: number;
}

/** Where any process maps pages [first, end) of the object: i_mmap. */
export function fileMappings(
  mmlist: readonly MmStruct[],
  object: MemoryObject,
  first: number,
  end: number,
): FileMapping[] {
  const found: FileMapping[] = [];
  for (const mm of mmlist) {
    for (const vma of mm.vmas.all()) {
      if (vma.object !== object) continue;
      const from = Math.max(vma.start, vma.start + (first - vma.pgoff));
      const to = Math.min(vma.end, vma.start + (end - vma.pgoff));
      if (from < to) found.push({ mm, vma, start: from, end: to });
    }
  }
  return found;
}
