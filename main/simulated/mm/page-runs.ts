import { PAGE_SIZE } from '#shared/memory/page.ts';

/** Runs of page numbers, ascending: a result of any size, without an entry per page. */
export class PageRuns {
  /** start, end (not in it), start, end, … */
  private readonly bounds: number[] = [];
  /** Pages in all runs. */
  pages = 0;

  /** Appends [start, end), which must be above all runs; joined to the last one if they touch. */
  add(start: number, end: number): void {
    if (start >= end) return;
    const { bounds } = this;
    const last = bounds.length - 1;
    if (last >= 0 && bounds[last] === start) bounds[last] = end;
    else bounds.push(start, end);
    this.pages += end - start;
  }

  /** Number of runs. */
  get count(): number {
    return this.bounds.length >>> 1;
  }

  start(run: number): number {
    return this.bounds[run * 2];
  }

  end(run: number): number {
    return this.bounds[run * 2 + 1];
  }

  /** Calls `visit(start, end)` for every run. */
  forEach(visit: (start: number, end: number) => void): void {
    for (let at = 0; at < this.bounds.length; at += 2) visit(this.bounds[at], this.bounds[at + 1]);
  }

  /** One number per page: its byte offset from page `from`, as the ioctl's vec has it; into `vec`, if one is given. */
  offsets(from: number, vec = new Float64Array(this.pages)): Float64Array {
    const { bounds } = this;
    let at = 0;
    for (let run = 0; run < bounds.length; run += 2) {
      const end = bounds[run + 1] - from;
      let page = bounds[run] - from;
      // Four at a time, each from the first: adding up page by page would wait for the sum before.
      for (; page + 4 <= end; page += 4, at += 4) {
        const offset = page * PAGE_SIZE;
        vec[at] = offset;
        vec[at + 1] = offset + PAGE_SIZE;
        vec[at + 2] = offset + 2 * PAGE_SIZE;
        vec[at + 3] = offset + 3 * PAGE_SIZE;
      }
      for (; page < end; page++) vec[at++] = page * PAGE_SIZE;
    }
    return vec;
  }
}
