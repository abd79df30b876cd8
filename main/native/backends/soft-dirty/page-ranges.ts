import { intersectRanges, type PageRange } from '#shared/memory/range.ts';

/** A set of pages as few long ranges, ascending and disjoint, where PageBitmap would need a bit per page. */
export class PageRanges {
  private ranges: PageRange[] = [];

  get empty(): boolean {
    return this.ranges.length === 0;
  }

  add(start: number, end: number): void {
    if (start >= end) return;
    const first = this.firstThatEnds(start);
    let after = first;
    let joined: PageRange = { start, end };
    for (; after < this.ranges.length && this.ranges[after].start <= end; after++) {
      const { start: from, end: to } = this.ranges[after];
      joined = { start: Math.min(joined.start, from), end: Math.max(joined.end, to) };
    }
    this.ranges.splice(first, after - first, joined);
  }

  remove(start: number, end: number): void {
    for (let i = this.firstThatEnds(start); i < this.ranges.length && this.ranges[i].start < end;) {
      const range = this.ranges[i];
      const left = [
        { start: range.start, end: Math.min(range.end, start) },
        { start: Math.max(range.start, end), end: range.end },
      ].filter((part) => part.start < part.end);
      this.ranges.splice(i, 1, ...left);
      i += left.length;
    }
  }

  clear(): void {
    this.ranges = [];
  }

  /** The set's runs within `range`, ascending. */
  within(range: PageRange): PageRange[] {
    const found: PageRange[] = [];
    for (let i = this.firstThatEnds(range.start); i < this.ranges.length; i++) {
      if (this.ranges[i].start >= range.end) break;
      const part = intersectRanges(this.ranges[i], range);
      if (part) found.push(part);
    }
    return found;
  }

  intersects(range: PageRange): boolean {
    return this.within(range).length > 0;
  }

  /** Index of the first range that ends at `page` or after it. */
  private firstThatEnds(page: number): number {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ranges[middle].end < page) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
