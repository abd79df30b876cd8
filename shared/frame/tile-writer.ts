import { WORDS_PER_TILE } from '../memory/page.ts';
import { PLANE_COUNT } from '../memory/plane.ts';
import { tilesWithRoom } from './encoded-room.ts';
import type { FrameTiles } from './frame.ts';

/** Collects a frame's tiles; keeps its memory from one frame to the next. */
export class TileWriter {
  private indexes = new Float64Array(64);
  private masks = new Uint32Array(64);
  private words = new Uint32Array(64 * WORDS_PER_TILE);
  private tiles = 0;
  private used = 0;
  private mask = 0;

  /** Adds a plane of the tile that `finish` will end; planes of a tile come in ascending order. */
  plane(plane: number, words: Uint32Array, at: number): void {
    const { used } = this;
    if (used + PLANE_COUNT * WORDS_PER_TILE > this.words.length) this.words = grow(this.words, Uint32Array);
    for (let w = 0; w < WORDS_PER_TILE; w++) this.words[used + w] = words[at + w];
    this.used = used + WORDS_PER_TILE;
    this.mask |= 1 << plane;
  }

  /** Ends the tile `index`; one without planes is left out. */
  finish(index: number): void {
    if (this.mask === 0) return;
    if (this.tiles === this.indexes.length) {
      this.indexes = grow(this.indexes, Float64Array);
      this.masks = grow(this.masks, Uint32Array);
    }
    this.indexes[this.tiles] = index;
    this.masks[this.tiles] = this.mask;
    this.tiles++;
    this.mask = 0;
  }

  /** What was collected, as arrays of its own; the writer is empty then. */
  take(): FrameTiles {
    const result = tilesWithRoom(
      this.indexes.subarray(0, this.tiles),
      this.masks.subarray(0, this.tiles),
      this.words.subarray(0, this.used),
    );
    this.tiles = 0;
    this.used = 0;
    return result;
  }
}

function grow<T extends Float64Array | Uint32Array>(from: T, make: new (length: number) => T): T {
  const result = new make(from.length * 2);
  result.set(from);
  return result;
}
