import { lowerBound } from '#shared/memory/lower-bound.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { PAGE_IS, PAGE_WAS } from '../../syscalls/constants.ts';
import { PageBitmap } from '../page-bitmap.ts';
import { RegionList } from '../region-list.ts';

/** Pages to report, until they are cleared, that the kernel does not or no longer reports. */
export class Pending {
  readonly written = new PageBitmap();
  /** Present, were not before: written or read. */
  readonly touched = new PageBitmap();

  get empty(): boolean {
    return this.written.empty && this.touched.empty;
  }

  /** Removes pages `start` … `end` - 1. */
  remove(start: number, end: number): void {
    this.written.remove(start, end);
    this.touched.remove(start, end);
  }

  /** Appends the pending pages among `start` … `end` - 1 to `out`, ascending. */
  emit(start: number, end: number, out: RegionList): void {
    if (this.touched.empty) return emit(this.written, PAGE_IS.WRITTEN, start, end, out);
    const [written, touched] = [new RegionList(64), new RegionList(64)];
    emit(this.written, PAGE_IS.WRITTEN, start, end, written);
    emit(this.touched, PAGE_WAS.TOUCHED, start, end, touched);
    unite(written, touched, out);
  }

  /** Adds the pages of region `i` of `list`, from page `start` on. */
  add(list: RegionList, i: number, start: number): void {
    const into = (list.categories(i) & PAGE_IS.WRITTEN) !== 0 ? this.written : this.touched;
    into.add(Math.max(start, list.start(i)), list.end(i));
  }

  /** Removes what is in no VMA. */
  keepOnly(vmas: readonly Vma[]): void {
    if (this.empty) return;
    let at = 0;
    for (const { start, end } of vmas) {
      if (start > at) this.remove(at, start);
      at = Math.max(at, end);
    }
    this.remove(at, Number.MAX_SAFE_INTEGER);
  }
}

function emit(pages: PageBitmap, category: number, start: number, end: number, out: RegionList): void {
  if (!pages.empty) pages.forEachRun(start, end, (from, to) => out.push(from, to, category));
}

/** Appends the pages of `a` and `b`, both ascending, to `out`; a page in both has the categories of both. */
export function unite(a: RegionList, b: RegionList, out: RegionList): void {
  let [i, j, at] = [0, 0, 0];
  while (i < a.count || j < b.count) {
    // Mostly one has thousands of regions and the other few: those apart from the others are copied at once.
    const apart = i < a.count && a.start(i) >= at ? regionsBefore(a, i, b, j) : i;
    if (apart > i) {
      out.append(a, i, apart);
      at = a.end(apart - 1);
      i = apart;
    } else if (i < a.count && a.end(i) <= at) i++;
    else if (j < b.count && b.end(j) <= at) j++;
    else {
      const fromA = i < a.count ? Math.max(a.start(i), at) : Infinity;
      const fromB = j < b.count ? Math.max(b.start(j), at) : Infinity;
      at = Math.min(fromA, fromB);
      const inA = fromA === at;
      const inB = fromB === at;
      const end = Math.min(inA ? a.end(i) : fromA, inB ? b.end(j) : fromB);
      const categories = (inA ? a.categories(i) : 0) | (inB ? b.categories(j) : 0);
      // Written takes precedence over touched and hot.
      const written = (categories & PAGE_IS.WRITTEN) !== 0;
      out.push(at, end, written ? categories & ~(PAGE_WAS.TOUCHED | PAGE_WAS.HOT) : categories);
      at = end;
    }
  }
}

/** The first region of `a` from `i` on that does not end before region `j` of `b` begins. */
function regionsBefore(a: RegionList, i: number, b: RegionList, j: number): number {
  if (j === b.count) return a.count;
  const start = b.start(j);
  return lowerBound(i, a.count, (k) => a.end(k) > start);
}
