import { forEachRun, setBits, testBit, countBits } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE, tileOfPage } from '#shared/memory/page.ts';

/** A set of pages, sparse by tiles: for state kept between two scans. */
export class PageBitmap {
  private readonly tiles = new Map<number, Uint32Array>();

  get empty(): boolean {
    return this.tiles.size === 0;
  }

  get pages(): number {
    let total = 0;
    for (const words of this.tiles.values()) total += countBits(words, 0);
    return total;
  }

  has(page: number): boolean {
    const tile = tileOfPage(page);
    const words = this.tiles.get(tile);
    return words !== undefined && testBit(words, 0, page - tile * PAGES_PER_TILE);
  }

  /** Adds pages `start` … `end` - 1. */
  add(start: number, end: number): void {
    this.forTiles(start, end, (tile, from, to) => {
      let words = this.tiles.get(tile);
      if (!words) this.tiles.set(tile, (words = new Uint32Array(WORDS_PER_TILE)));
      setBits(words, 0, from, to);
    });
  }

  /** Removes pages `start` … `end` - 1. */
  remove(start: number, end: number): void {
    if (this.empty) return;
    const removed = new Uint32Array(WORDS_PER_TILE);
    const strip = (tile: number, from: number, to: number) => {
      const words = this.tiles.get(tile);
      if (!words) return;
      removed.fill(0);
      setBits(removed, 0, from, to);
      for (let i = 0; i < WORDS_PER_TILE; i++) words[i] &= ~removed[i];
      if (words.every((word) => word === 0)) this.tiles.delete(tile);
    };
    // A range may be far larger than the set: walk whichever is shorter.
    if (tileOfPage(end) - tileOfPage(start) < this.tiles.size) this.forTiles(start, end, strip);
    else for (const tile of [...this.tiles.keys()]) this.clip(tile, start, end, strip);
  }

  clear(): void {
    this.tiles.clear();
  }

  /** Runs within pages `start` … `end` - 1, ascending; runs that touch at a tile's edge come separately. */
  forEachRun(start: number, end: number, visit: (from: number, to: number) => void): void {
    const first = tileOfPage(start);
    const last = tileOfPage(end - 1);
    const order = [...this.tiles.keys()]
      .filter((tile) => tile >= first && tile <= last)
      .sort((a, b) => a - b);
    for (const tile of order) {
      const base = tile * PAGES_PER_TILE;
      const words = this.tiles.get(tile);
      if (!words) continue;
      forEachRun(words, 0, (from, to) => {
        const clippedFrom = Math.max(base + from, start);
        const clippedTo = Math.min(base + to, end);
        if (clippedFrom < clippedTo) visit(clippedFrom, clippedTo);
      });
    }
  }

  /** Cuts pages `start` … `end` - 1 into ascending runs that are in the set, or not; runs may touch at a tile's edge. */
  split(start: number, end: number, visit: (from: number, to: number, inside: boolean) => void): void {
    for (let page = start; page < end;) {
      const tile = tileOfPage(page);
      const base = tile * PAGES_PER_TILE;
      const stop = Math.min(end, base + PAGES_PER_TILE);
      const words = this.tiles.get(tile);
      if (words === undefined) visit(page, stop, false);
      else splitTile(words, base, page - base, stop - base, visit);
      page = stop;
    }
  }

  private forTiles(
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

  private clip(
    tile: number,
    start: number,
    end: number,
    visit: (tile: number, from: number, to: number) => void,
  ) {
    const base = tile * PAGES_PER_TILE;
    const from = Math.max(start, base) - base;
    const to = Math.min(end, base + PAGES_PER_TILE) - base;
    if (from < to) visit(tile, from, to);
  }
}

/** Cuts positions `from` … `to` - 1 of a tile's words; skips words without any. */
function splitTile(
  words: Uint32Array,
  base: number,
  from: number,
  to: number,
  visit: (from: number, to: number, inside: boolean) => void,
): void {
  for (let at = from; at < to;) {
    const inside = testBit(words, 0, at);
    const stop = Math.min(to, runEnd(words, at, inside));
    visit(base + at, base + stop, inside);
    at = stop;
  }
}

/** The first position after `at` whose bit is not `set`, as that at `at` is; or the end of the tile. */
function runEnd(words: Uint32Array, at: number, set: boolean): number {
  const flip = set ? -1 : 0;
  let w = at >>> 5;
  let word = (words[w] ^ flip) & (-1 << (at & 31));
  while (word === 0) {
    if (++w === WORDS_PER_TILE) return PAGES_PER_TILE;
    word = words[w] ^ flip;
  }
  return w * 32 + 31 - Math.clz32(word & -word);
}
