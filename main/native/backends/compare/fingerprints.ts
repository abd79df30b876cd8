import { PAGES_PER_TILE, WORDS_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import { testBit, setBits } from '#shared/memory/bitmap.ts';

const WORDS_PER_PAGE = 1024;
const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;

/** One step of xxHash32: every bit of `word` can reach every bit of the state within two steps. */
function step(state: number, word: number): number {
  const sum = (state + Math.imul(word, P2)) | 0;
  return Math.imul((sum << 13) | (sum >>> 19), P1);
}

function finish(value: number): number {
  const a = Math.imul(value ^ (value >>> 15), P2);
  return Math.imul(a ^ (a >>> 13), 0xc2b2ae3d);
}

/** Two words computed from a page's contents. */
export type Fingerprint = readonly [low: number, high: number];

/**
 * The fingerprint of the 1024 words from `at` on: four lanes of xxHash32, put together to 64 bits. A single changed
 * word always changes it; two different pages agree by chance once in 2^64.
 */
export function fingerprint(words: Uint32Array, at: number): Fingerprint {
  let a = P1;
  let b = P2;
  let c = 1;
  let d = 2;
  for (let i = at; i < at + WORDS_PER_PAGE; i += 4) {
    a = step(a, words[i]);
    b = step(b, words[i + 1]);
    c = step(c, words[i + 2]);
    d = step(d, words[i + 3]);
  }
  // Each half depends on all lanes, differently.
  const low = finish((a + finish(b)) ^ Math.imul(finish(c) + d, P1));
  const high = finish(((a << 16) | (a >>> 16)) + Math.imul(b, P1) - finish(c ^ finish(d)));
  return [low >>> 0, high >>> 0];
}

export const ZERO_PAGE = fingerprint(new Uint32Array(WORDS_PER_PAGE), 0);

interface Tile {
  /** Two words per page. */
  readonly words: Uint32Array;
  /** Pages that have a fingerprint. */
  readonly known: Uint32Array;
}

/** The fingerprints of many pages: 8 bytes per page, in tiles. */
export class Fingerprints {
  private readonly tiles = new Map<number, Tile>();

  /** Tiles kept; each takes 4 KiB. */
  get size(): number {
    return this.tiles.size;
  }

  get(page: number): Fingerprint | null {
    const tile = this.tiles.get(tileOfPage(page));
    const index = page % PAGES_PER_TILE;
    if (!tile || !testBit(tile.known, 0, index)) return null;
    return [tile.words[index * 2], tile.words[index * 2 + 1]];
  }

  set(page: number, [low, high]: Fingerprint): void {
    let tile = this.tiles.get(tileOfPage(page));
    if (!tile) {
      tile = { words: new Uint32Array(PAGES_PER_TILE * 2), known: new Uint32Array(WORDS_PER_TILE) };
      this.tiles.set(tileOfPage(page), tile);
    }
    const index = page % PAGES_PER_TILE;
    tile.words[index * 2] = low;
    tile.words[index * 2 + 1] = high;
    setBits(tile.known, 0, index, index + 1);
  }

  /** Removes pages `start` … `end` - 1 except those for which `keep` returns true. */
  forget(start: number, end: number, keep: (page: number) => boolean): void {
    for (const [index, tile] of this.tiles) {
      const base = index * PAGES_PER_TILE;
      if (base >= end || base + PAGES_PER_TILE <= start) continue;
      for (let i = 0; i < PAGES_PER_TILE; i++) {
        const page = base + i;
        if (page < start || page >= end || !testBit(tile.known, 0, i) || keep(page)) continue;
        tile.known[i >>> 5] &= ~(1 << (i & 31));
      }
      if (tile.known.every((word) => word === 0)) this.tiles.delete(index);
    }
  }
}
