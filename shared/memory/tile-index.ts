/** Numbers tiles by slots, in order of arrival. Made for tiles that come in ascending order: those are found without a map. */
export class TileIndex {
  /** Tile index of each slot, in order of arrival. */
  readonly indexes: number[] = [];
  /** Slots by tile; null as long as tiles arrive in ascending order. */
  private slots: Map<number, number> | null = null;
  /** The last one asked for, and its slot: pages come in order, so it is mostly the next one too, or the next slot. */
  private lastTile = -1;
  private lastSlot = -1;

  get size(): number {
    return this.indexes.length;
  }

  /** Slot of `tile`, or -1. */
  find(tile: number): number {
    const { indexes, slots } = this;
    if (slots !== null) return slots.get(tile) ?? -1;
    let low = 0;
    let high = indexes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (indexes[middle] < tile) low = middle + 1;
      else high = middle;
    }
    return low < indexes.length && indexes[low] === tile ? low : -1;
  }

  /** Slot of `tile`, added if it is missing. */
  ensure(tile: number): number {
    if (tile !== this.lastTile) {
      this.lastSlot = this.slotOf(tile);
      this.lastTile = tile;
    }
    return this.lastSlot;
  }

  /** Removes all tiles. */
  clear(): void {
    this.indexes.length = 0;
    this.slots = null;
    this.lastTile = -1;
    this.lastSlot = -1;
  }

  private slotOf(tile: number): number {
    const { indexes } = this;
    const next = this.lastSlot + 1;
    if (next < indexes.length && indexes[next] === tile) return next;
    const { length } = indexes;
    const known = length > 0 && tile > indexes[length - 1] && this.slots === null ? -1 : this.find(tile);
    if (known >= 0) return known;
    if (this.slots === null && length > 0 && tile < indexes[length - 1])
      this.slots = new Map(indexes.map((index, slot) => [index, slot]));
    indexes.push(tile);
    this.slots?.set(tile, length);
    return length;
  }
}
