/** What one frame showed as newly written. */
export interface HistoryEntry {
  readonly sequence: number;
  /** Engine time in ms. */
  readonly time: number;
  /** Tile index → 16 words, a bit a page. */
  readonly written: ReadonlyMap<number, Uint32Array>;
}

/** Bytes that are kept at most. */
const BUDGET = 48 * 2 ** 20;
/** A bitmap of 64 bytes with what the engine needs for its typed array and its place in the map. */
const BYTES_PER_TILE = 64 + 160;

/** The last frames' written pages, by time: for address × time and for a page's history. Bounded in memory. */
export class FrameHistory {
  private readonly kept: HistoryEntry[] = [];
  private bytes = 0;
  readonly limit: number;

  /** @param limit frames kept at most */
  constructor(limit = 512) {
    this.limit = limit;
  }

  /** Oldest first. */
  get entries(): readonly HistoryEntry[] {
    return this.kept;
  }

  /**
   * Adds a frame. One of an earlier time (a recording that was wound back) takes its place among the others, and that
   * of one with the same time; what is farthest from it in time goes first when there is no room.
   */
  push(sequence: number, time: number, written: ReadonlyMap<number, Uint32Array>): void {
    const index = this.indexAt(time);
    if (this.kept[index]?.time === time) this.drop(index);
    const at = this.indexAt(time) + 1;
    this.kept.splice(at, 0, { sequence, time, written });
    this.bytes += written.size * BYTES_PER_TILE;
    while (this.kept.length > this.limit || (this.bytes > BUDGET && this.kept.length > 1)) {
      const [first, last] = [this.kept[0], this.kept.at(-1)];
      const lastIsFar = last !== undefined && first !== undefined && last.time - time > time - first.time;
      this.drop(lastIsFar ? this.kept.length - 1 : 0);
    }
  }

  /** Index of the last frame at or before `time`; -1 where there is none. */
  indexAt(time: number): number {
    let low = 0;
    let high = this.kept.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.kept[middle]?.time ?? 0) <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  clear(): void {
    this.kept.length = 0;
    this.bytes = 0;
  }

  private drop(index: number): void {
    const [gone] = this.kept.splice(index, 1);
    this.bytes -= (gone?.written.size ?? 0) * BYTES_PER_TILE;
  }
}
