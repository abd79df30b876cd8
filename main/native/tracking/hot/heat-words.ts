import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';

/** Pages of a block: what is armed or left unarmed together. */
export const BLOCK_PAGES = 16;
export const BLOCKS_PER_TILE = PAGES_PER_TILE / BLOCK_PAGES;
/** Number of intervals for which written blocks are kept. */
export const INTERVALS = 8;

/** Words of one tile: pages of three samples, the history, `rate` and `every` of each block. */
export const HISTORY = 3 * WORDS_PER_TILE;
export const RATES = HISTORY + INTERVALS;
export const EVERY = RATES + BLOCKS_PER_TILE;
const TILE_WORDS = EVERY + BLOCKS_PER_TILE / 4;

/** The words of many tiles in one piece of memory, which is used again: a sample visits all of them. */
export class HeatWords {
  words = new Uint32Array(16 * TILE_WORDS);
  rates = new Float32Array(this.words.buffer);
  bytes = new Uint8Array(this.words.buffer);
  private end = 0;
  private readonly free: number[] = [];

  /** Where the words of one more tile begin; they are 0. */
  take(): number {
    const again = this.free.pop();
    const at = again ?? this.end;
    if (again === undefined) this.end += TILE_WORDS;
    if (this.end > this.words.length) {
      const { words } = this;
      this.words = new Uint32Array(words.length * 2);
      this.words.set(words);
      this.rates = new Float32Array(this.words.buffer);
      this.bytes = new Uint8Array(this.words.buffer);
    }
    this.words.fill(0, at, at + TILE_WORDS);
    return at;
  }

  /** The tile at `at` is forgotten. */
  release(at: number): void {
    this.free.push(at);
  }

  /** All tiles are forgotten. */
  clear(): void {
    this.end = 0;
    this.free.length = 0;
  }
}
