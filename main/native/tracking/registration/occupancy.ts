import { lowerBound } from '#shared/memory/lower-bound.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { RegionList } from '../region-list.ts';

/**
 * In which tiles (2 MiB, one page table each) a process has pages, as found by scans: the cost of a scan is the
 * page tables in its range, not the size of the range.
 */
export class Occupancy {
  /** Runs of tiles, ascending, apart from each other. */
  private starts: number[] = [];
  private ends: number[] = [];

  /** Tiles known to have pages. */
  get tiles(): number {
    return this.starts.reduce((sum, start, i) => sum + this.ends[i] - start, 0);
  }

  /** Adds the tiles of the regions of `list` from `first` on; these ascend. */
  add(list: RegionList, first = 0): void {
    let starts: number[] | null = null;
    const ends: number[] = [];
    for (let i = first; i < list.count;) {
      const start = Math.floor(list.start(i) / PAGES_PER_TILE);
      const end = Math.ceil(list.end(i) / PAGES_PER_TILE);
      const run = this.runAt(start);
      if (run < this.starts.length && this.starts[run] <= start && this.ends[run] >= end) {
        // All that follow in the same run are known too, mostly thousands.
        const known = this.ends[run] * PAGES_PER_TILE;
        i = lowerBound(i + 1, list.count, (k) => list.end(k) > known);
        continue;
      }
      starts ??= [];
      push(starts, ends, start, end);
      i++;
    }
    if (starts !== null) this.merge(starts, ends);
  }

  /** Replaces the tiles within `range` by those of `list`, the result of a scan. */
  replace(range: PageRange, list: RegionList): void {
    const from = Math.ceil(range.start / PAGES_PER_TILE);
    const to = Math.floor(range.end / PAGES_PER_TILE);
    const starts: number[] = [];
    const ends: number[] = [];
    this.starts.forEach((start, i) => {
      const end = this.ends[i];
      if (start < from) push(starts, ends, start, Math.min(end, from));
      if (end > to) push(starts, ends, Math.max(start, to), end);
    });
    this.starts = starts;
    this.ends = ends;
    this.add(list);
  }

  /** Removes what is outside `vmas`. */
  keepOnly(vmas: readonly PageRange[]): void {
    const starts: number[] = [];
    const ends: number[] = [];
    let run = 0;
    for (const vma of vmas) {
      const from = Math.floor(vma.start / PAGES_PER_TILE);
      const to = Math.ceil(vma.end / PAGES_PER_TILE);
      while (run < this.ends.length && this.ends[run] <= from) run++;
      for (let i = run; i < this.starts.length && this.starts[i] < to; i++) {
        push(starts, ends, Math.max(this.starts[i], from), Math.min(this.ends[i], to));
      }
    }
    this.starts = starts;
    this.ends = ends;
  }

  /** The end of the longest range from `start` with at most `maxTiles` known tiles; at most `end`. */
  limit(start: number, end: number, maxTiles: number): number {
    const first = Math.floor(start / PAGES_PER_TILE);
    let left = maxTiles;
    for (let run = this.runAt(first); run < this.starts.length; run++) {
      const from = Math.max(this.starts[run], first);
      if (from * PAGES_PER_TILE >= end) return end;
      if (this.ends[run] - from > left) return Math.min(end, (from + left) * PAGES_PER_TILE);
      left -= this.ends[run] - from;
    }
    return end;
  }

  /** Index of the first run that ends after `tile`. */
  private runAt(tile: number): number {
    let low = 0;
    let high = this.ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ends[middle] <= tile) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private merge(starts: readonly number[], ends: readonly number[]): void {
    const [oldStarts, oldEnds] = [this.starts, this.ends];
    this.starts = [];
    this.ends = [];
    for (let i = 0, j = 0; i < oldStarts.length || j < starts.length;) {
      if (j >= starts.length || (i < oldStarts.length && oldStarts[i] <= starts[j])) {
        push(this.starts, this.ends, oldStarts[i], oldEnds[i]);
        i++;
      } else {
        push(this.starts, this.ends, starts[j], ends[j]);
        j++;
      }
    }
  }
}

/** Appends a run that does not start before the last one; joined if they touch. */
function push(starts: number[], ends: number[], start: number, end: number): void {
  const last = ends.length - 1;
  if (last >= 0 && ends[last] >= start) ends[last] = Math.max(ends[last], end);
  else {
    starts.push(start);
    ends.push(end);
  }
}
