import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { PAGE_IS, PAGE_WAS } from '../../syscalls/constants.ts';
import { RegionList } from '../region-list.ts';
import { isShared } from '../segments.ts';
import { Contents } from './contents.ts';

const { PRESENT, FILE, PFNZERO, HUGE, GUARD } = PAGE_IS;

/** Pages compared in total: 32 MiB, read and compared in some milliseconds. */
const MAX_PAGES = 8192;

/**
 * The pages of mappings that are not registered, compared by content. A page is reported when it appears (private memory
 * that is neither the zero page nor the file's own was written, but of a huge page it is not known which), and afterwards
 * when its contents differ.
 */
export class ComparedPages {
  private readonly contents: Contents;
  /** Pages that may have their own contents, and their categories, from the last `find`. */
  private readonly found = new RegionList();
  private pages = 0;

  constructor(pid: number) {
    this.contents = new Contents(pid);
  }

  /** Pages that are currently compared. */
  get count(): number {
    return this.pages;
  }

  hasRoomFor(pages: number): boolean {
    return this.pages + pages <= MAX_PAGES;
  }

  /**
   * Takes the pages to compare from `unregistered`, regions of unregistered VMAs; `whole`: of all memory. `at` gives the VMA
   * that holds a page, and `compares` returns whether it is compared.
   */
  find(
    unregistered: RegionList,
    whole: boolean,
    at: (page: number) => Vma | undefined,
    compares: (vma: Vma) => boolean,
  ): void {
    this.found.clear();
    for (let i = 0; i < unregistered.count; i++) {
      const categories = unregistered.categories(i);
      if ((categories & PRESENT) === 0 || (categories & GUARD) !== 0) continue;
      for (let page = unregistered.start(i); page < unregistered.end(i);) {
        const vma = at(page);
        if (vma === undefined) break;
        const end = Math.min(vma.end, unregistered.end(i));
        if (!compares(vma)) {
          page = end;
          continue;
        }
        if (isShared(vma) || (categories & HUGE) !== 0) this.found.push(page, end, PAGE_WAS.TOUCHED);
        else if ((categories & (FILE | PFNZERO)) === 0) this.found.push(page, end, PAGE_IS.WRITTEN);
        page = end;
      }
    }
    if (whole) this.pages = this.found.pages;
  }

  /**
   * Appends those of `range` that were written since they were kept, ascending; with `keep` they are kept, at most
   * `maxPages` unless 0, and missing ones are removed.
   */
  read(range: PageRange, keep: boolean, maxPages: number, out: RegionList): void {
    let left = maxPages === 0 ? Infinity : maxPages;
    for (let i = 0; i < this.found.count && left > 0; i++) {
      const start = Math.max(range.start, this.found.start(i));
      const end = Math.min(range.end, this.found.end(i));
      if (start >= end) continue;
      const first = this.found.categories(i);
      this.contents.visitWritten(start, end, keep, (page) => {
        out.push(page, page + 1, this.contents.has(page) ? PAGE_IS.WRITTEN : first);
        return --left > 0;
      });
    }
    if (keep && left > 0) this.forgetGone(range);
  }

  /** `Contents.visitWritten` of pages that are in memory. */
  visitWritten(start: number, end: number, keep: boolean, visit: (page: number) => boolean): void {
    this.contents.visitWritten(start, end, keep, visit);
  }

  /** The current contents of pages `start` … `end` - 1 count as not written. */
  keep(start: number, end: number): void {
    this.contents.visitWritten(start, end, true, () => true);
  }

  knowsAny(start: number, end: number): boolean {
    return this.contents.hasAny(start, end);
  }

  forget(start: number, end: number): void {
    this.contents.forget(start, end);
  }

  close(): void {
    this.contents.close();
  }

  private forgetGone(range: PageRange): void {
    let i = 0;
    this.contents.keepOnly(range.start, range.end, (page) => {
      while (i < this.found.count && this.found.end(i) <= page) i++;
      return i < this.found.count && this.found.start(i) <= page;
    });
  }
}
