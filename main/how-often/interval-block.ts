import { countBits } from '#shared/memory/bitmap.ts';
import { lowerBound } from '#shared/memory/lower-bound.ts';
import { WORDS_PER_TILE } from '#shared/memory/page.ts';
import { transpose } from './transpose.ts';

/** Intervals in a block: one word a page. */
export const BLOCK_INTERVALS = 32;
/** Words of a tile in the open block: plane Written of each interval. */
export const OPEN_WORDS = BLOCK_INTERVALS * WORDS_PER_TILE;

const square = new Uint32Array(BLOCK_INTERVALS);

/** Which of 32 intervals each page was written in: one word for each page that was, or one for all of a tile where they agree. */
export class IntervalBlock {
  /** Ascending. */
  readonly tiles: Float64Array;
  /** Of each tile, and the end: where its words begin: 16 of the pages that have a word, then their words. */
  private readonly offsets: Uint32Array;
  private readonly words: Uint32Array;

  /** @param open of each tile plane Written of each interval, one after the other */
  constructor(open: ReadonlyMap<number, Uint32Array>) {
    this.tiles = Float64Array.from(open.keys()).sort();
    this.offsets = new Uint32Array(this.tiles.length + 1);
    const words: Uint32Array[] = [];
    let at = 0;
    this.tiles.forEach((tile, i) => {
      this.offsets[i] = at;
      const own = packTile(open.get(tile) ?? new Uint32Array(OPEN_WORDS));
      words.push(own);
      at += own.length;
    });
    this.offsets[this.tiles.length] = at;
    this.words = new Uint32Array(at);
    words.forEach((own, i) => this.words.set(own, this.offsets[i]));
  }

  get bytes(): number {
    return this.words.byteLength + this.offsets.byteLength + this.tiles.byteLength;
  }

  /** ORs the pages of `tile` that were written into `mask` (16 words). */
  orWritten(tile: number, mask: Uint32Array): void {
    const i = this.find(tile);
    for (let w = 0; i >= 0 && w < WORDS_PER_TILE; w++) mask[w] |= this.words[this.offsets[i] + w];
  }

  /** Sets the words of the tile's pages: that of page p at `at` + p * `stride`. Those of other pages are left. */
  read(tile: number, out: Uint32Array, at: number, stride: number): void {
    const i = this.find(tile);
    if (i < 0) return;
    const { words } = this;
    const begin = this.offsets[i];
    let next = begin + WORDS_PER_TILE;
    const step = this.offsets[i + 1] - next === 1 ? 0 : 1;
    for (let w = 0; w < WORDS_PER_TILE; w++) {
      for (let word = words[begin + w]; word !== 0; word &= word - 1) {
        out[at + (w * 32 + 31 - Math.clz32(word & -word)) * stride] = words[next];
        next += step;
      }
    }
  }

  private find(tile: number): number {
    const { tiles } = this;
    const i = lowerBound(0, tiles.length, (k) => tiles[k] >= tile);
    return tiles[i] === tile ? i : -1;
  }
}

/** Calls `visit` with each page of a tile of the open block that was written, ascending, and its word. */
export function forEachWord(open: Uint32Array, visit: (page: number, word: number) => void): void {
  for (let group = 0; group < WORDS_PER_TILE; group++) {
    let written = 0;
    for (let time = 0; time < BLOCK_INTERVALS; time++)
      written |= square[time] = open[time * WORDS_PER_TILE + group];
    if (written === 0) continue;
    transpose(square);
    for (; written !== 0; written &= written - 1) {
      const bit = 31 - Math.clz32(written & -written);
      visit(group * 32 + bit, square[bit]);
    }
  }
}

function packTile(open: Uint32Array): Uint32Array {
  const mask = new Uint32Array(WORDS_PER_TILE);
  for (let i = 0; i < OPEN_WORDS; i++) mask[i % WORDS_PER_TILE] |= open[i];
  const pages = countBits(mask, 0);
  const packed = new Uint32Array(WORDS_PER_TILE + pages);
  packed.set(mask);
  let at = WORDS_PER_TILE;
  let differ = 0;
  forEachWord(open, (_, word) => {
    packed[at++] = word;
    differ |= word ^ packed[WORDS_PER_TILE];
  });
  return differ === 0 ? packed.slice(0, WORDS_PER_TILE + 1) : packed;
}
