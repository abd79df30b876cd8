import { popcount } from '#shared/memory/bitmap.ts';
import { lowerBound } from '#shared/memory/lower-bound.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { BLOCK_INTERVALS, OPEN_WORDS, type OpenIntervals } from './open-intervals.ts';
import { transpose } from './transpose.ts';

/** 16 of the pages that were written, and a word for each of them. */
const MAX_TILE_WORDS = WORDS_PER_TILE + PAGES_PER_TILE;

/** Writes to 32 pages from which transposing takes less time than one after the other. */
const MANY_WRITES = 100;

const square = new Uint32Array(BLOCK_INTERVALS);
const spread = new Uint32Array(BLOCK_INTERVALS);

/** Which of 32 intervals each page was written in: one word for each page that was, or one for all of a tile if they agree. */
export class IntervalBlock {
  /** Ascending. */
  readonly tiles: Float64Array;
  /** Of each tile, and the end: where its words begin: 16 of the pages that have a word, then their words. */
  private readonly offsets: Uint32Array;
  private readonly words: Uint32Array;

  constructor(open: OpenIntervals) {
    this.tiles = Float64Array.from(open.tiles).sort();
    this.offsets = new Uint32Array(this.tiles.length + 1);
    const own = new Uint32Array(OPEN_WORDS);
    let words: Uint32Array = new Uint32Array(this.tiles.length * 2 * WORDS_PER_TILE + MAX_TILE_WORDS);
    let at = 0;
    for (let i = 0; i < this.tiles.length; i++) {
      this.offsets[i] = at;
      if (at + MAX_TILE_WORDS > words.length) words = grown(words);
      open.read(this.tiles[i], own);
      at = packTile(own, words, at);
    }
    this.offsets[this.tiles.length] = at;
    this.words = words.slice(0, at);
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
    let writes = 0;
    for (let time = 0; time < BLOCK_INTERVALS; time++) {
      const word = (square[time] = open[time * WORDS_PER_TILE + group]);
      written |= word;
      if (word !== 0) writes += popcount(word);
    }
    if (written === 0) continue;
    if (writes < MANY_WRITES) scatter(square);
    else transpose(square);
    for (; written !== 0; written &= written - 1) {
      const bit = 31 - Math.clz32(written & -written);
      visit(group * 32 + bit, square[bit]);
    }
  }
}

/** `transpose` for few bits, one after the other. */
function scatter(words: Uint32Array): void {
  spread.fill(0);
  for (let time = 0; time < BLOCK_INTERVALS; time++)
    for (let rest = words[time]; rest !== 0; rest &= rest - 1)
      spread[31 - Math.clz32(rest & -rest)] |= 1 << time;
  words.set(spread);
}

/** Writes the words of a tile to `packed` from `begin` on, which is zero there, and returns their end. */
function packTile(open: Uint32Array, packed: Uint32Array, begin: number): number {
  for (let i = 0; i < OPEN_WORDS; i++) packed[begin + (i % WORDS_PER_TILE)] |= open[i];
  const first = begin + WORDS_PER_TILE;
  let at = first;
  let differ = 0;
  forEachWord(open, (_, word) => {
    packed[at++] = word;
    differ |= word ^ packed[first];
  });
  if (differ !== 0 || at === first) return at;
  packed.fill(0, first + 1, at);
  return first + 1;
}

function grown(words: Uint32Array): Uint32Array {
  const result = new Uint32Array(words.length * 2);
  result.set(words);
  return result;
}
