/** Sets of pages of a tile: 16 words, a bit per page. */
import { popcount } from '#shared/memory/bitmap.ts';
import { WORDS_PER_TILE } from '#shared/memory/page.ts';

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
