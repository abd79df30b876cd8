import { WORDS_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileIndex } from '#shared/memory/tile-index.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';

/** Intervals in a block: one word a page. */
export const BLOCK_INTERVALS = 32;
/** Words of a tile: plane Written of each interval. */
export const OPEN_WORDS = BLOCK_INTERVALS * WORDS_PER_TILE;

const OTHER_PLANES = (1 << Plane.Fresh) | (1 << Plane.Hot);

/** Which pages were written in each of the last intervals, up to 32. Keeps its memory from one block to the next. */
export class OpenIntervals {
  private readonly index = new TileIndex();
  /** For each interval 16 words per tile, one after the other, up to the tiles it had. */
  private readonly planes: Uint32Array[] = Array.from({ length: BLOCK_INTERVALS }, () => new Uint32Array(0));
  private count = 0;

  /** Intervals so far. */
  get length(): number {
    return this.count;
  }

  /** Tiles with a page that was written, in any order. */
  get tiles(): readonly number[] {
    return this.index.indexes;
  }

  /**
   * Adds an interval, while there are fewer than 32: the pages of plane Written without those of plane Fresh, and those of
   * plane Hot.
   */
  add(tiles: TileSet): void {
    const { words, indexes } = tiles;
    const plain = (tiles.used & OTHER_PLANES) === 0;
    const own = new Uint32Array(WORDS_PER_TILE);
    let plane = this.planes[this.count];
    for (let slot = 0; slot < tiles.size; slot++) {
      const written = tiles.offset(slot, Plane.Written);
      const fresh = tiles.offset(slot, Plane.Fresh);
      const hot = tiles.offset(slot, Plane.Hot);
      let any = 0;
      for (let w = 0; w < WORDS_PER_TILE; w++) {
        const word = plain ? words[written + w] : (words[written + w] & ~words[fresh + w]) | words[hot + w];
        any |= own[w] = word;
      }
      if (any === 0) continue;
      const at = this.index.ensure(indexes[slot]) * WORDS_PER_TILE;
      if (at + WORDS_PER_TILE > plane.length) plane = this.grow(at + WORDS_PER_TILE);
      for (let w = 0; w < WORDS_PER_TILE; w++) plane[at + w] = own[w];
    }
    this.count++;
  }

  /** Sets the 512 words of `tile`, 16 for each interval; false, and nothing is set, if none of its pages was written. */
  read(tile: number, out: Uint32Array): boolean {
    const slot = this.index.find(tile);
    if (slot < 0) return false;
    const from = slot * WORDS_PER_TILE;
    for (let i = 0, at = 0; i < BLOCK_INTERVALS; i++) {
      const plane = this.planes[i];
      const known = from < plane.length;
      for (let w = 0; w < WORDS_PER_TILE; w++) out[at++] = known ? plane[from + w] : 0;
    }
    return true;
  }

  /** Like `read`, for several tiles, all of which must be known: 512 words each, one after the other. */
  readAll(tiles: Float64Array, out: Uint32Array): void {
    const slots = Array.from(tiles, (tile) => this.index.find(tile) * WORDS_PER_TILE);
    for (let i = 0; i < BLOCK_INTERVALS; i++) {
      const plane = this.planes[i];
      for (let k = 0; k < slots.length; k++) {
        const from = slots[k];
        const at = k * OPEN_WORDS + i * WORDS_PER_TILE;
        const known = from < plane.length;
        for (let w = 0; w < WORDS_PER_TILE; w++) out[at + w] = known ? plane[from + w] : 0;
      }
    }
  }

  /** Removes all intervals. */
  clear(): void {
    const length = this.index.size * WORDS_PER_TILE;
    for (let i = 0; i < this.count; i++) this.planes[i].fill(0, 0, length);
    this.index.clear();
    this.count = 0;
  }

  /** Room for `words` in the current interval. */
  private grow(words: number): Uint32Array {
    const grown = new Uint32Array(Math.max(words, 2 * this.planes[this.count].length));
    grown.set(this.planes[this.count]);
    return (this.planes[this.count] = grown);
  }
}
