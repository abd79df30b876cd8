/** Sets of pages as the window keeps them for a frame: tile index → 16 words, a bit a page. */
import { popcount } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, tileOfPage, WORDS_PER_TILE } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';

export type WrittenTiles = ReadonlyMap<number, Uint32Array>;

/** Pages of `tiles` within `range`; costs the smaller of both. */
export function countWithin(tiles: WrittenTiles, range: PageRange): number {
  if (range.end <= range.start) return 0;
  const first = tileOfPage(range.start);
  const last = tileOfPage(range.end - 1);
  let total = 0;
  const add = (tile: number, words: Uint32Array): void => {
    const base = tile * PAGES_PER_TILE;
    const from = Math.max(0, range.start - base);
    const to = Math.min(PAGES_PER_TILE, range.end - base);
    total += countBetween(words, from, to);
  };
  if (last - first < tiles.size) {
    for (let tile = first; tile <= last; tile++) {
      const words = tiles.get(tile);
      if (words) add(tile, words);
    }
  } else {
    for (const [tile, words] of tiles) if (tile >= first && tile <= last) add(tile, words);
  }
  return total;
}

/** Ones among bits `from` … `to` - 1. */
export function countBetween(words: Uint32Array, from: number, to: number): number {
  let total = 0;
  for (let w = from >>> 5; w < WORDS_PER_TILE && w * 32 < to; w++) {
    const head = from > w * 32 ? -1 << (from - w * 32) : -1;
    const tail = to < w * 32 + 32 ? (1 << (to - w * 32)) - 1 : -1;
    total += popcount((words[w] ?? 0) & head & tail);
  }
  return total;
}
