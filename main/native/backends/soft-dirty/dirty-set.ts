import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { PAGE_IS } from '../../syscalls/constants.ts';
import { PageBitmap } from '../../tracking/page-bitmap.ts';
import type { RegionList } from '../../tracking/region-list.ts';
import { PageRanges } from './page-ranges.ts';

/** What counts as soft-dirty, by reason: what the kernel reports, or what was copied from it before a clear. */
export class DirtySet {
  /** Pages whose own entry has the bit. */
  readonly written = new PageBitmap();
  /** Pages with an entry that count because of their VMA alone. */
  readonly fresh = new PageBitmap();
  /** Whole VMAs that are new (VM_SOFTDIRTY): all of their pages count, holes too. */
  readonly news = new PageRanges();

  get empty(): boolean {
    return this.written.empty && this.fresh.empty && this.news.empty;
  }

  /** Takes over what `other` has in `range`. */
  add(other: DirtySet, range: PageRange): void {
    const { start, end } = range;
    other.written.forEachRun(start, end, (from, to) => this.written.add(from, to));
    other.fresh.forEachRun(start, end, (from, to) => this.fresh.add(from, to));
    for (const part of other.news.within(range)) this.news.add(part.start, part.end);
  }

  remove(start: number, end: number): void {
    this.written.remove(start, end);
    this.fresh.remove(start, end);
    this.news.remove(start, end);
  }

  clear(): void {
    this.written.clear();
    this.fresh.clear();
    this.news.clear();
  }

  /** Removes pages that are no longer in a VMA. */
  keepOnly(vmas: readonly Vma[]): void {
    if (this.empty) return;
    let at = 0;
    for (const vma of vmas) {
      if (vma.start > at) this.remove(at, vma.start);
      at = vma.end;
    }
    this.remove(at, Number.MAX_SAFE_INTEGER);
  }

  /** Appends it to `out`, as WriteTracker.read describes it; `maxPages` may be Infinity. */
  emit(out: RegionList, range: PageRange, maxPages: number, holes: boolean): void {
    const written = runsOf(this.written, range);
    const fresh = holes ? this.news.within(range) : runsOf(this.fresh, range);
    let left = maxPages;
    const push = (start: number, end: number, category: number) => {
      const stop = Math.min(end, start + left);
      if (start >= stop) return;
      out.push(start, stop, category);
      left -= stop - start;
    };
    let i = 0;
    let at = range.start;
    const pushFresh = (until: number) => {
      for (; i < fresh.length && fresh[i].start < until; i++) {
        push(Math.max(fresh[i].start, at), Math.min(fresh[i].end, until), PAGE_IS.SOFT_DIRTY);
        if (fresh[i].end > until) break;
      }
    };
    for (const run of written) {
      if (left === 0) return;
      pushFresh(run.start);
      push(run.start, run.end, PAGE_IS.WRITTEN);
      at = run.end;
    }
    pushFresh(range.end);
  }
}

function runsOf(pages: PageBitmap, { start, end }: PageRange): PageRange[] {
  const runs: PageRange[] = [];
  pages.forEachRun(start, end, (from, to) => {
    const last = runs.at(-1);
    if (last?.end === from) runs[runs.length - 1] = { start: last.start, end: to };
    else runs.push({ start: from, end: to });
  });
  return runs;
}
