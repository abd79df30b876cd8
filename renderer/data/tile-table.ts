import { PAGES_PER_TILE } from '#shared/memory/page.ts';

/**
 * What the window knows of a tile beyond the engine's planes: when each of its pages was last written, and when
 * anything of it last changed. Slots are stable for as long as a source is open, so painters can key caches by them.
 */
export class TileTable {
  /** Tile index of each slot. */
  readonly tiles: number[] = [];
  /** Value of `clock` when the tile last changed; 0: not yet. */
  readonly versions: number[] = [];
  /** Value of `clock` when the tile was added or one of its times last became later, and when one last became earlier. */
  readonly raised: number[] = [];
  readonly lowered: number[] = [];
  /** Rises with every frame applied; never goes back. */
  clock = 1;
  /** Rises when all slots become void. */
  generation = 0;
  private readonly slots = new Map<number, number>();
  private readonly rows: (Uint32Array | null)[] = [];
  /** Rows that several tiles may have; never changed. */
  private shared = new WeakSet<Uint32Array>();
  private uniform: Uint32Array | null = null;

  get size(): number {
    return this.tiles.length;
  }

  /** Slot of `tile`, or -1. */
  find(tile: number): number {
    return this.slots.get(tile) ?? -1;
  }

  ensure(tile: number): number {
    const known = this.slots.get(tile);
    if (known !== undefined) return known;
    const slot = this.tiles.length;
    this.tiles.push(tile);
    this.versions.push(0);
    this.raised.push(this.clock);
    this.lowered.push(0);
    this.rows.push(null);
    this.slots.set(tile, slot);
    return slot;
  }

  touch(slot: number): void {
    this.versions[slot] = this.clock;
  }

  /** To be read: times of the tile's 512 pages: 0 = never written here, else milliseconds of the session + 1. Null: none was. */
  times(slot: number): Uint32Array | null {
    return this.rows[slot] ?? null;
  }

  /** The times of a tile to be changed one by one. */
  ensureTimes(slot: number): Uint32Array {
    this.lower(slot);
    return this.ownTimes(slot);
  }

  /** Like `ensureTimes`, for changes that never make a time earlier. */
  raiseTimes(slot: number): Uint32Array {
    this.raised[slot] = this.clock;
    return this.ownTimes(slot);
  }

  /** Times of the tile may have become earlier. */
  lower(slot: number): void {
    this.lowered[slot] = this.clock;
  }

  private ownTimes(slot: number): Uint32Array {
    const known = this.rows[slot];
    if (known && !this.shared.has(known)) return known;
    const row = known ? Uint32Array.from(known) : new Uint32Array(PAGES_PER_TILE);
    this.rows[slot] = row;
    return row;
  }

  /**
   * All pages of a tile were written at `time`, no earlier than any of its times. Tiles of one time share a row: a program's first sample, in which all of
   * its memory counts as written, would otherwise cost 4 bytes per page.
   */
  fillTimes(slot: number, time: number): void {
    if (this.uniform?.[0] !== time) {
      this.uniform = new Uint32Array(PAGES_PER_TILE).fill(time);
      this.shared.add(this.uniform);
    }
    this.rows[slot] = this.uniform;
    this.raised[slot] = this.clock;
  }

  /** Clears the times of all pages. */
  forgetTimes(): void {
    this.rows.fill(null);
    this.lowered.fill(this.clock);
    this.uniform = null;
  }

  clear(): void {
    this.tiles.length = 0;
    this.versions.length = 0;
    this.raised.length = 0;
    this.lowered.length = 0;
    this.rows.length = 0;
    this.slots.clear();
    this.uniform = null;
    this.clock++;
    this.generation++;
  }
}
