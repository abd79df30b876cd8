import { lowerBound } from '#shared/memory/lower-bound.ts';
import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';

/** Untouched tiles in a row from which on they are folded: 64 MiB. */
export const FOLD_TILES = 32;
/** Tiles left visible on each side of what is folded, so that a band shows where it continues. */
const MARGIN = 1;

/**
 * Runs of whole tiles, each within one VMA, in which nothing is known of any page.
 * @param known tile indexes, ascending, without repetition
 */
export function untouchedRanges(vmas: readonly Vma[], known: readonly number[]): PageRange[] {
  const ranges: PageRange[] = [];
  let k = 0;
  for (const vma of vmas) {
    const first = tileOfPage(vma.start);
    const last = tileOfPage(vma.end - 1);
    if (last - first < FOLD_TILES) continue;
    while (k > 0 && (known[k - 1] ?? -1) >= first) k--;
    while (k < known.length && (known[k] ?? 0) < first) k++;
    let from = first;
    const fold = (to: number): void => {
      const [start, end] = [from + MARGIN, to - MARGIN];
      if (end - start >= FOLD_TILES)
        ranges.push({ start: start * PAGES_PER_TILE, end: end * PAGES_PER_TILE });
    };
    for (; k < known.length; k++) {
      const tile = known[k] ?? 0;
      if (tile > last) break;
      fold(tile);
      from = tile + 1;
    }
    fold(last + 1);
  }
  return ranges;
}

/** Whether `tile` is in one of `ranges` (ascending): folded memory has become known. */
export function isFolded(ranges: readonly PageRange[], tile: number): boolean {
  const page = tile * PAGES_PER_TILE;
  const range = ranges[lowerBound(0, ranges.length, (i) => (ranges[i]?.end ?? 0) > page)];
  return range !== undefined && page >= range.start;
}
