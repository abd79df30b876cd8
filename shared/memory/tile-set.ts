import { countBits, forEachRun, setBits, testBit } from './bitmap.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from './page.ts';
import { PLANE_COUNT, type Plane } from './plane.ts';

const WORDS_PER_SLOT = PLANE_COUNT * WORDS_PER_TILE;

/**
 * A sparse set of tiles, each with every plane: tile index → slot, a slot is PLANE_COUNT × 16 words of one growing
 * typed array. Holes cost nothing. Tiles are never removed singly; `clear` empties the set and keeps its memory.
 */
export class TileSet {
  /**
   * Words of all slots; slot s, plane p starts at (s * PLANE_COUNT + p) * 16. Replaced when the set grows. Code that sets
   * bits in it calls `mark` with their planes.
   */
  words = new Uint32Array(WORDS_PER_SLOT * 16);
  /** Planes that may hold a page, as a mask of 1 << plane; all others are empty in every tile. */
  used = 0;
  /** Tile index of each slot, in order of arrival. */
  readonly indexes: number[] = [];
  private readonly slots = new Map<number, number>();
  /** The last one asked for, and its slot: pages come in order, so it is mostly the next one too. */
  private lastTile = -1;
  private lastSlot = -1;

  get size(): number {
    return this.indexes.length;
  }

  /** Slot of `tile`, or -1. */
  find(tile: number): number {
    return this.slots.get(tile) ?? -1;
  }

  /** Slot of `tile`, made (all zero) where it is missing. */
  ensure(tile: number): number {
    if (tile !== this.lastTile) {
      this.lastSlot = this.slots.get(tile) ?? this.add(tile);
      this.lastTile = tile;
    }
    return this.lastSlot;
  }

  private add(tile: number): number {
    const slot = this.indexes.length;
    if ((slot + 1) * WORDS_PER_SLOT > this.words.length) {
      const grown = new Uint32Array(this.words.length * 2);
      grown.set(this.words);
      this.words = grown;
    }
    this.indexes.push(tile);
    this.slots.set(tile, slot);
    return slot;
  }

  /** Offset in `words` of one plane of one slot. */
  offset(slot: number, plane: Plane): number {
    return slot * WORDS_PER_SLOT + plane * WORDS_PER_TILE;
  }

  /** The planes in the mask `planes` may hold pages from now on. */
  mark(planes: number): void {
    this.used |= planes;
  }

  /** Sets `plane` for pages `start` … `end` - 1; cost is proportional to the tiles touched. */
  setRun(plane: Plane, start: number, end: number): void {
    this.used |= 1 << plane;
    // The most frequent run by far.
    if (end === start + 1) {
      const tile = Math.floor(start / PAGES_PER_TILE);
      const at = this.offset(this.ensure(tile), plane);
      const bit = start - tile * PAGES_PER_TILE;
      this.words[at + (bit >>> 5)] |= 1 << (bit & 31);
      return;
    }
    for (let page = start; page < end;) {
      const tile = Math.floor(page / PAGES_PER_TILE);
      const base = tile * PAGES_PER_TILE;
      const stop = Math.min(end, base + PAGES_PER_TILE);
      // Growing replaces `words`, so the slot comes first.
      const at = this.offset(this.ensure(tile), plane);
      setBits(this.words, at, page - base, stop - base);
      page = stop;
    }
  }

  test(plane: Plane, page: number): boolean {
    const tile = Math.floor(page / PAGES_PER_TILE);
    const slot = this.find(tile);
    return slot >= 0 && testBit(this.words, this.offset(slot, plane), page - tile * PAGES_PER_TILE);
  }

  /** Pages set in `plane`. */
  count(plane: Plane): number {
    let total = 0;
    if ((this.used & (1 << plane)) === 0) return total;
    for (let slot = 0; slot < this.indexes.length; slot++) {
      total += countBits(this.words, this.offset(slot, plane));
    }
    return total;
  }

  /** Runs of pages set in `plane`, ascending, joined across tiles. */
  runs(plane: Plane): [start: number, end: number][] {
    const result: [number, number][] = [];
    if ((this.used & (1 << plane)) === 0) return result;
    const order = this.indexes.map((tile, slot) => [tile, slot] as const).sort((a, b) => a[0] - b[0]);
    for (const [tile, slot] of order) {
      const base = tile * PAGES_PER_TILE;
      forEachRun(this.words, this.offset(slot, plane), (from, to) => {
        const last = result.at(-1);
        if (last && last[1] === base + from) last[1] = base + to;
        else result.push([base + from, base + to]);
      });
    }
    return result;
  }

  /** Empties one plane of every tile. */
  clearPlane(plane: Plane): void {
    if ((this.used & (1 << plane)) === 0) return;
    this.used &= ~(1 << plane);
    for (let slot = 0; slot < this.indexes.length; slot++) {
      const at = this.offset(slot, plane);
      this.words.fill(0, at, at + WORDS_PER_TILE);
    }
  }

  /** Becomes equal to `other`. */
  copyFrom({ indexes, words, used }: TileSet): void {
    this.clear();
    for (const tile of indexes) this.ensure(tile);
    this.words.set(words.subarray(0, indexes.length * WORDS_PER_SLOT));
    this.used = used;
  }

  clear(): void {
    this.words.fill(0, 0, this.indexes.length * WORDS_PER_SLOT);
    this.used = 0;
    this.indexes.length = 0;
    this.slots.clear();
    this.lastTile = -1;
  }
}
