import { forEachRun, setBits } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, tileOfPage, WORDS_PER_TILE } from '#shared/memory/page.ts';

/** A set of pages: 16 words for each tile that has one. */
export type PageWords = Map<number, Uint32Array>;

/** Calls `visit` for each tile of pages `start` … `end` - 1 with the part inside it. */
export function forEachTile(
  start: number,
  end: number,
  visit: (tile: number, from: number, to: number) => void,
): void {
  for (let page = start; page < end;) {
    const tile = tileOfPage(page);
    const base = tile * PAGES_PER_TILE;
    const stop = Math.min(end, base + PAGES_PER_TILE);
    visit(tile, page - base, stop - base);
    page = stop;
  }
}

/** Words of `tile`, created if they are missing. */
export function wordsOf(set: PageWords, tile: number): Uint32Array {
  let words = set.get(tile);
  if (words === undefined) set.set(tile, (words = new Uint32Array(WORDS_PER_TILE)));
  return words;
}

export function addPages(set: PageWords, start: number, end: number): void {
  forEachTile(start, end, (tile, from, to) => setBits(wordsOf(set, tile), 0, from, to));
}

/** Removes pages `start` … `end` - 1, for ranges of any size. */
export function removePages(set: PageWords, start: number, end: number): void {
  for (const [tile, words] of set) {
    const base = tile * PAGES_PER_TILE;
    const from = Math.max(start - base, 0);
    const to = Math.min(end - base, PAGES_PER_TILE);
    if (from >= to) continue;
    const mask = new Uint32Array(WORDS_PER_TILE);
    setBits(mask, 0, from, to);
    let left = 0;
    for (let w = 0; w < WORDS_PER_TILE; w++) left |= words[w] &= ~mask[w];
    if (left === 0) set.delete(tile);
  }
}

/** Runs among pages `start` … `end` - 1, in the set and not in it, ascending; they end at tiles' edges. */
export function forEachPart(
  set: PageWords,
  start: number,
  end: number,
  visit: (from: number, to: number, inside: boolean) => void,
): void {
  forEachTile(start, end, (tile, from, to) => {
    const base = tile * PAGES_PER_TILE;
    const words = set.get(tile);
    let at = from;
    if (words !== undefined) {
      forEachRun(words, 0, (first, last) => {
        const [begin, stop] = [Math.max(first, at), Math.min(last, to)];
        if (begin >= stop) return;
        if (begin > at) visit(base + at, base + begin, false);
        visit(base + begin, base + stop, true);
        at = stop;
      });
    }
    if (at < to) visit(base + at, base + to, false);
  });
}

/** Runs of the set among pages `start` … `end` - 1, ascending, for ranges of any size. */
export function runsWithin(set: PageWords, start: number, end: number): [from: number, to: number][] {
  const runs: [number, number][] = [];
  for (const tile of tilesWithin(set, start, end)) {
    const base = tile * PAGES_PER_TILE;
    forEachPart(set, Math.max(start, base), Math.min(end, base + PAGES_PER_TILE), (from, to, inside) => {
      if (inside) runs.push([from, to]);
    });
  }
  return runs;
}

/** The tiles of the set that have one of pages `start` … `end` - 1, ascending. */
function tilesWithin(set: PageWords, start: number, end: number): number[] {
  const [first, last] = [tileOfPage(start), Math.ceil(end / PAGES_PER_TILE)];
  const tiles: number[] = [];
  if (last - first >= set.size) {
    for (const tile of set.keys()) if (tile >= first && tile < last) tiles.push(tile);
    return tiles.sort((a, b) => a - b);
  }
  for (let tile = first; tile < last; tile++) if (set.has(tile)) tiles.push(tile);
  return tiles;
}
