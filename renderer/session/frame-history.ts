/** What one frame showed as newly written. */
export interface HistoryEntry {
  readonly sequence: number;
  /** Engine time in ms. */
  readonly time: number;
  /** Tile index → 16 words, a bit a page. */
  readonly written: ReadonlyMap<number, Uint32Array>;
}

/** Bytes of bitmaps that are kept at most. */
const BUDGET = 48 * 2 ** 20;
const BYTES_PER_TILE = 64;

/** The last frames' written pages, oldest first: for address × time and for a page's history. Bounded in memory. */
export class FrameHistory {
  private readonly kept: HistoryEntry[] = [];
  private bytes = 0;
  readonly limit: number;

  /** @param limit frames kept at most */
  constructor(limit = 512) {
    this.limit = limit;
  }

  get entries(): readonly HistoryEntry[] {
    return this.kept;
  }

  push(sequence: number, time: number, written: ReadonlyMap<number, Uint32Array>): void {
    this.kept.push({ sequence, time, written });
    this.bytes += written.size * BYTES_PER_TILE;
    while (this.kept.length > this.limit || (this.bytes > BUDGET && this.kept.length > 1)) {
      this.bytes -= (this.kept.shift()?.written.size ?? 0) * BYTES_PER_TILE;
    }
  }

  clear(): void {
    this.kept.length = 0;
    this.bytes = 0;
  }
}
