import { popcount } from '#shared/memory/bitmap.ts';
import { lowerBound } from '#shared/memory/lower-bound.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { BLOCK_INTERVALS, OPEN_WORDS, type OpenIntervals } from './open-intervals.ts';
import { transpose } from './transpose.ts';

/** 16 of the pages that were written, and a word for each of them. */
const MAX_TILE_WORDS = WORDS_PER_TILE + PAGES_PER_TILE;

/** Writes to 32 pages from which transposing takes less time than one after the other. */
const MANY_WRITES = 100;

/** Tiles that are read at a time, so that each interval is read in order. */
const TOGETHER = 32;

const together = new Uint32Array(TOGETHER * OPEN_WORDS);
/** Kept from one block to the next: new memory costs more than what is written to it. */
let packed: Uint32Array = new Uint32Array(MAX_TILE_WORDS);
const square = new Uint32Array(BLOCK_INTERVALS);
const spread = new Uint32Array(BLOCK_INTERVALS);

/** Which of 32 intervals each page was written in: one word for each page that was, or one for all of a tile if they agree. */
export class IntervalBlock {
  /** Ascending. */
  readonly tiles: Float64Array;
  /** Where each tile's words begin, and the end of the last: 16 words with a bit for each page that has a word, then those words. */
  private readonly offsets: Uint32Array;
  private readonly words: Uint32Array;

  constructor(open: OpenIntervals) {
    this.tiles = Float64Array.from(open.tiles).sort();
    this.offsets = new Uint32Array(this.tiles.length + 1);
    let at = 0;
    for (let first = 0; first < this.tiles.length; first += TOGETHER) {
      const some = this.tiles.subarray(first, first + TOGETHER);
      open.readAll(some, together);
      for (let i = 0; i < some.length; i++) {
        this.offsets[first + i] = at;
        if (at + MAX_TILE_WORDS > packed.length) packed = grown(packed);
        at = packTile(together, i * OPEN_WORDS, packed, at);
      }
    }
    this.offsets[this.tiles.length] = at;
    this.words = packed.slice(0, at);
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

/**
 * The words of 32 pages of the open block, whose bits in its first interval are at `at`: in which intervals each was written. Null
 * where none was; valid until the next call. No callback: a word of 32 bits in a call is an object for V8.
 */
export function wordsOfGroup(open: Uint32Array, at: number): Uint32Array | null {
  let writes = 0;
  for (let time = 0; time < BLOCK_INTERVALS; time++) {
    const word = (square[time] = open[at + time * WORDS_PER_TILE]);
    if (word !== 0) writes += popcount(word);
  }
  if (writes === 0) return null;
  if (writes >= MANY_WRITES) {
    transpose(square);
    return square;
  }
  spread.fill(0);
  for (let time = 0; time < BLOCK_INTERVALS; time++)
    for (let rest = square[time]; rest !== 0; rest &= rest - 1)
      spread[31 - Math.clz32(rest & -rest)] |= 1 << time;
  return spread;
}

/** Writes the words of the tile at `from` to `into` from `begin` on, and returns their end. */
function packTile(open: Uint32Array, from: number, into: Uint32Array, begin: number): number {
  const first = begin + WORDS_PER_TILE;
  let at = first;
  let differ = 0;
  for (let group = 0; group < WORDS_PER_TILE; group++) {
    const words = wordsOfGroup(open, from + group);
    let written = 0;
    for (let bit = 0; words !== null && bit < 32; bit++) {
      const word = words[bit];
      if (word === 0) continue;
      written |= 1 << bit;
      into[at++] = word;
      differ |= word ^ into[first];
    }
    into[begin + group] = written;
  }
  return differ === 0 ? Math.min(at, first + 1) : at;
}

function grown(words: Uint32Array): Uint32Array {
  const result = new Uint32Array(words.length * 2);
  result.set(words);
  return result;
}
