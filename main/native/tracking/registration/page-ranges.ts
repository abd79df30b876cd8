/** A set of pages as ranges, ascending and apart from each other: for few large ones. */
export class PageRanges {
  private starts: number[] = [];
  private ends: number[] = [];

  get empty(): boolean {
    return this.starts.length === 0;
  }

  /** Adds pages `start` … `end` - 1. */
  add(start: number, end: number): void {
    if (start >= end) return;
    const first = this.firstEnding(start);
    let last = first;
    let [from, to] = [start, end];
    for (; last < this.starts.length && this.starts[last] <= end; last++) {
      from = Math.min(from, this.starts[last]);
      to = Math.max(to, this.ends[last]);
    }
    this.starts.splice(first, last - first, from);
    this.ends.splice(first, last - first, to);
  }

  /** Removes pages `start` … `end` - 1. */
  remove(start: number, end: number): void {
    if (this.empty) return;
    const first = this.firstEnding(start + 1);
    let last = first;
    const starts: number[] = [];
    const ends: number[] = [];
    for (; last < this.starts.length && this.starts[last] < end; last++) {
      if (this.starts[last] < start) {
        starts.push(this.starts[last]);
        ends.push(start);
      }
      if (this.ends[last] > end) {
        starts.push(end);
        ends.push(this.ends[last]);
      }
    }
    this.starts.splice(first, last - first, ...starts);
    this.ends.splice(first, last - first, ...ends);
  }

  /** Cuts pages `start` … `end` - 1 into what is in the set and what is not, ascending. Ends when the callback returns false. */
  forEachPart(
    start: number,
    end: number,
    visit: (from: number, to: number, within: boolean) => boolean,
  ): void {
    let at = start;
    for (let i = this.firstEnding(start + 1); i < this.starts.length && this.starts[i] < end; i++) {
      if (this.starts[i] > at && !visit(at, this.starts[i], false)) return;
      const from = Math.max(this.starts[i], start);
      at = Math.min(this.ends[i], end);
      if (!visit(from, at, true)) return;
    }
    if (at < end) visit(at, end, false);
  }

  /** Index of the first range that ends at `page` or after it. */
  private firstEnding(page: number): number {
    let low = 0;
    let high = this.ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ends[middle] < page) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
