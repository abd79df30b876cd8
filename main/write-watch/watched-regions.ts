/** One allocation with MEM_WRITE_WATCH, in pages. */
export interface WatchedRegion {
  readonly start: number;
  readonly pages: number;
  /**
   * Pages that were written and have lost their entry since (decommitted, remapped): the kernel does not know of them any
   * more, and they count until they are reset.
   */
  readonly kept: Set<number>;
}

/** The watched allocations of one program: the ioctl reports no page as unmapped, so membership is decided here. */
export class WatchedRegions {
  private readonly byStart = new Map<number, WatchedRegion>();

  /** By address. */
  get all(): readonly WatchedRegion[] {
    return [...this.byStart.values()].sort((a, b) => a.start - b.start);
  }

  /** Null if it would overlap another one, or is empty. */
  add(start: number, pages: number): WatchedRegion | null {
    if (
      pages < 1 ||
      this.all.some((other) => start < other.start + other.pages && start + pages > other.start)
    )
      return null;
    const region: WatchedRegion = { start, pages, kept: new Set() };
    this.byStart.set(start, region);
    return region;
  }

  /** Whether there was a region that begins at `start`. */
  remove(start: number): boolean {
    return this.byStart.delete(start);
  }

  /** The region that holds all of pages `start` … `end` - 1; null if there is none. */
  holding(start: number, end: number): WatchedRegion | null {
    for (const region of this.byStart.values())
      if (region.start <= start && end <= region.start + region.pages) return region;
    return null;
  }
}
