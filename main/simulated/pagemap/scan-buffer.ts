/** struct page_region, in pages. */
export interface ScanRegion {
  readonly start: number;
  readonly end: number;
  readonly categories: number;
}

/** Regions that the kernel collects before it copies them out: PAGEMAP_WALK_SIZE >> PAGE_SHIFT. */
const BUFFERED = 512;

/** The output side of PAGEMAP_SCAN: the bounce buffer, the limits, and `walkEnd`, where one of them was last reached. */
export class ScanBuffer {
  /** What was copied out. */
  readonly regions: ScanRegion[] = [];
  /** Whether there is a vec at all. */
  readonly buffered: boolean;
  walkEnd = 0;
  private pending: ScanRegion[] = [];
  private capacity: number;
  private room: number;
  private found = 0;
  private readonly maxPages: number;
  private readonly returns: number;

  constructor(vecLen: number, maxPages: number, returns: number) {
    this.buffered = vecLen > 0;
    this.room = vecLen;
    this.capacity = Math.min(BUFFERED, vecLen);
    this.maxPages = maxPages;
    this.returns = returns;
  }

  /** Whether the scan cannot continue: no region or no page left. */
  get exhausted(): boolean {
    return this.room === 0 || this.found === this.maxPages;
  }

  /**
   * pagemap_scan_output(): takes pages [start, end); returns the end of what was taken, `start` if nothing was.
   * Without a vec everything is taken and nothing stored.
   */
  add(start: number, end: number, categories: number): number {
    if (!this.buffered) return end;
    const allowed = Math.min(end, start + (this.maxPages - this.found));
    const taken = allowed > start && this.push(start, allowed, categories & this.returns) ? allowed : start;
    this.found += taken - start;
    if (taken < end) this.walkEnd = taken;
    return taken;
  }

  private push(start: number, end: number, categories: number): boolean {
    const last = this.pending.at(-1);
    if (last !== undefined && last.end === start && last.categories === categories) {
      this.pending[this.pending.length - 1] = { ...last, end };
      return true;
    }
    if (this.pending.length >= this.capacity) return false;
    this.pending.push({ start, end, categories });
    return true;
  }

  /** A state that backOut() returns to. */
  mark(): { pending: ScanRegion[]; found: number } {
    return { pending: [...this.pending], found: this.found };
  }

  /** pagemap_scan_backout_range(). */
  backOut(mark: { pending: ScanRegion[]; found: number }): void {
    this.pending = mark.pending;
    this.found = mark.found;
  }

  /** pagemap_scan_flush_buffer(). */
  flush(): void {
    this.regions.push(...this.pending);
    this.room -= this.pending.length;
    this.capacity = Math.min(this.capacity, this.room);
    this.pending = [];
  }
}
