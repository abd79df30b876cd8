import { countBits } from './bitmap.ts';
import { PAGES_PER_TILE, tileOfPage, WORDS_PER_TILE } from './page.ts';
import { Plane } from './plane.ts';
import type { TileSet } from './tile-set.ts';

/**
 * The tiles that were huge pages while a program was watched, to find those that were split. Every source keeps one, so
 * that plane Split means the same for all: the tile was mapped by one PMD entry and is mapped by PTEs now.
 *
 * The cause of a split is not visible from outside: under asynchronous write-protection the first write after a clear,
 * otherwise a call of the program (munmap, mprotect or MADV_DONTNEED of a part) or the soft-dirty ioctl with a short vector.
 * A tile is no longer split when it is a huge page again (khugepaged) or has no pages.
 */
export class HugeTiles {
  private readonly tiles = new Set<number>();
  private readonly split = new Set<number>();

  /** Tiles that were huge pages, by number; including those that are split now. */
  get seen(): ReadonlySet<number> {
    return this.tiles;
  }

  /** How many of them were split at the last check. */
  get splitCount(): number {
    return this.split.size;
  }

  /** Pages `start` … `end` - 1 are huge pages now. */
  note(start: number, end: number): void {
    for (let tile = tileOfPage(start); tile * PAGES_PER_TILE < end; tile++) {
      this.tiles.add(tile);
      this.split.delete(tile);
    }
  }

  /** Pages `start` … `end` - 1 are mapped by PTEs now. */
  noteSmall(start: number, end: number): void {
    if (this.tiles.size === 0) return;
    for (let tile = tileOfPage(start); tile * PAGES_PER_TILE < end; tile++) {
      if (this.tiles.has(tile)) this.split.add(tile);
    }
  }

  /** Sets plane Split in a sample whose state planes (Present, Swapped, Huge) were read, and updates the known tiles from them. */
  mark(sample: TileSet): void {
    this.split.clear();
    for (const tile of this.tiles) {
      const slot = sample.find(tile);
      if (slot >= 0 && isHuge(sample, slot)) continue;
      if (slot < 0 || !markTile(sample, slot)) this.tiles.delete(tile);
      else this.split.add(tile);
    }
    for (let slot = 0; slot < sample.size; slot++) {
      if (isHuge(sample, slot)) this.tiles.add(sample.indexes[slot]);
    }
  }
}

const isHuge = (sample: TileSet, slot: number): boolean =>
  countBits(sample.words, sample.offset(slot, Plane.Huge)) > 0;

/** Sets Split of a tile that is not huge; false if it has no entries. */
function markTile(sample: TileSet, slot: number): boolean {
  const { words } = sample;
  const present = sample.offset(slot, Plane.Present);
  const swapped = sample.offset(slot, Plane.Swapped);
  const split = sample.offset(slot, Plane.Split);
  let any = 0;
  sample.mark(1 << Plane.Split);
  for (let w = 0; w < WORDS_PER_TILE; w++) {
    const entries = words[present + w] | words[swapped + w];
    words[split + w] = entries;
    any |= entries;
  }
  return any !== 0;
}
