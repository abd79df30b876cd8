import { countBits, forEachRun, setBits, testBit } from './bitmap.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from './page.ts';
import { PLANE_COUNT, type Plane } from './plane.ts';
import { TileIndex } from './tile-index.ts';

const FIRST_SLOTS = 16;

/**
 * A sparse set of tiles, each with every plane: tile index → slot; each plane has 16 words for every slot, one slot after
 * the other, so that a pass over one plane reads memory in order. Holes cost nothing. Tiles are never removed singly; `clear`
 * empties the set and keeps its memory.
 */
export class TileSet extends TileIndex {
  /**
   * Words of all planes; slot s, plane p starts at p * `planeWords` + s * 16. Replaced when the set grows, and offsets with it.
   * Code that sets bits in it calls `mark` with their planes before.
   */
  words = new Uint32Array(PLANE_COUNT * FIRST_SLOTS * WORDS_PER_TILE);
  /** Words from one plane of a slot to the next. */
  planeWords = FIRST_SLOTS * WORDS_PER_TILE;
  /** Planes that may hold a page, as a mask of 1 << plane; all others are empty in every tile. */
  used = 0;

  /** Slot of `tile`, made (all zero) if it is missing. */
  override ensure(tile: number): number {
    const slot = super.ensure(tile);
    if ((slot + 1) * WORDS_PER_TILE > this.planeWords) this.grow();
    return slot;
  }

  /** Doubles the room. Planes without pages are not touched: the system gives no memory for them. */
  private grow(): void {
    const { words, planeWords } = this;
    this.words = new Uint32Array(words.length * 2);
    this.planeWords = planeWords * 2;
    this.forUsed((to, plane) => {
      const from = plane * planeWords;
      this.words.set(words.subarray(from, from + planeWords), to);
    });
  }

  /** Offset in `words` of one plane of one slot. */
  offset(slot: number, plane: Plane): number {
    return plane * this.planeWords + slot * WORDS_PER_TILE;
  }

  /** The planes in the mask `planes` may hold pages from now on. */
  mark(planes: number): void {
    this.used |= planes;
  }

  /** Sets `plane` for pages `start` … `end` - 1; cost is proportional to the tiles touched. */
  setRun(plane: Plane, start: number, end: number): void {
    for (let page = start; page < end;) {
      const tile = Math.floor(page / PAGES_PER_TILE);
      const base = tile * PAGES_PER_TILE;
      const stop = Math.min(end, base + PAGES_PER_TILE);
      this.setPart(plane, tile, page - base, stop - base);
      page = stop;
    }
  }

  /** Sets `plane` for pages `from` … `to` - 1 of a tile, at least one. */
  setPart(plane: Plane, tile: number, from: number, to: number): void {
    // Growing replaces `words`, so the slot comes first.
    const at = this.offset(this.ensure(tile), plane);
    this.used |= 1 << plane;
    // The most frequent run by far.
    if (to === from + 1) this.words[at + (from >>> 5)] |= 1 << (from & 31);
    else setBits(this.words, at, from, to);
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
    const at = this.offset(0, plane);
    this.words.fill(0, at, at + this.indexes.length * WORDS_PER_TILE);
  }

  /** Becomes equal to `other`. */
  copyFrom({ indexes, words, planeWords, used }: TileSet): void {
    this.clear();
    for (const tile of indexes) this.ensure(tile);
    this.used = used;
    this.forUsed((from, plane) => {
      const at = plane * planeWords;
      this.words.set(words.subarray(at, at + indexes.length * WORDS_PER_TILE), from);
    });
  }

  override clear(): void {
    this.forUsed((from) => this.words.fill(0, from, from + this.indexes.length * WORDS_PER_TILE));
    this.used = 0;
    super.clear();
  }

  /** Calls `visit` with each used plane and where it begins. */
  private forUsed(visit: (from: number, plane: number) => void): void {
    for (let rest = this.used; rest !== 0; rest &= rest - 1) {
      const plane = 31 - Math.clz32(rest & -rest);
      visit(plane * this.planeWords, plane);
    }
  }
}
