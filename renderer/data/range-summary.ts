import { PAGES_PER_TILE, tileOfPage, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { FrameStore } from './frame-store.ts';
import { firstEndingAfter } from '#shared/memory/vma.ts';
import { countBetween } from './written-sets.ts';

/** What a range of pages holds, in pages. */
export interface RangeSums {
  readonly written: number;
  readonly present: number;
  readonly swapped: number;
  /** VMAs that it touches. */
  readonly vmas: number;
}

/** Costs the tiles of the range, or those that are known, whichever are fewer. */
export function sumRange({ vmas, tiles }: Pick<FrameStore, 'vmas' | 'tiles'>, range: PageRange): RangeSums {
  const sums = { written: 0, present: 0, swapped: 0, vmas: 0 };
  const first = tileOfPage(range.start);
  const last = tileOfPage(range.end - 1);
  const add = (tile: number, slot: number): void => {
    const base = tile * PAGES_PER_TILE;
    const [from, to] = [Math.max(0, range.start - base), Math.min(PAGES_PER_TILE, range.end - base)];
    const count = (plane: Plane): number => {
      const at = tiles.offset(slot, plane);
      return countBetween(tiles.words.subarray(at, at + WORDS_PER_TILE), from, to);
    };
    sums.written += count(Plane.Written);
    sums.present += count(Plane.Present);
    sums.swapped += count(Plane.Swapped);
  };
  if (last - first < tiles.indexes.length) {
    for (let tile = first; tile <= last; tile++) {
      const slot = tiles.find(tile);
      if (slot >= 0) add(tile, slot);
    }
  } else {
    tiles.indexes.forEach((tile, slot) => {
      if (tile >= first && tile <= last) add(tile, slot);
    });
  }
  for (let i = firstEndingAfter(vmas, range.start); i < vmas.length; i++) {
    if ((vmas[i]?.start ?? Infinity) >= range.end) break;
    sums.vmas++;
  }
  return sums;
}
