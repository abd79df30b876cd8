/** Ranges of pages as pairs of numbers (start, end), ascending and apart from each other. */
import { setBits } from '../memory/bitmap.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '../memory/page.ts';

/** Every page that is in one of both. */
export function uniteRanges(a: Float64Array, b: Float64Array): Float64Array {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const starts: (readonly [number, number])[] = [];
  for (const ranges of [a, b])
    for (let i = 0; i < ranges.length; i += 2) starts.push([ranges[i], ranges[i + 1]]);
  starts.sort((x, y) => x[0] - y[0]);
  const united: number[] = [];
  for (const [start, end] of starts) {
    const last = united.length - 1;
    if (last > 0 && start <= united[last]) united[last] = Math.max(united[last], end);
    else united.push(start, end);
  }
  return Float64Array.from(united);
}

/** Sets the bits of `mask`, 16 words, for the pages of the tile from page `base` on that are in `ranges`; clears the others. */
export function maskOfRanges(ranges: Float64Array, base: number, mask: Uint32Array): void {
  mask.fill(0, 0, WORDS_PER_TILE);
  let low = 0;
  let high = ranges.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[2 * middle + 1] <= base) low = middle + 1;
    else high = middle;
  }
  for (let i = 2 * low; i < ranges.length && ranges[i] < base + PAGES_PER_TILE; i += 2)
    setBits(mask, 0, Math.max(0, ranges[i] - base), Math.min(PAGES_PER_TILE, ranges[i + 1] - base));
}
