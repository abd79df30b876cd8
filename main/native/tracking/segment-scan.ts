import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { ERRNO, PAGE_IS, PM_SCAN } from '../syscalls/constants.ts';
import { SyscallError } from '../syscalls/errno.ts';
import type { SegmentAccess } from './hot/hot-pages.ts';
import * as query from './queries.ts';
import { RegionList } from './region-list.ts';
import type { BoundedScan } from './registration/bounded-scan.ts';
import type { SharedMemory } from './registration/shared-memory.ts';
import { segmentsOf, strictSegmentsOf, type Segment } from './segments.ts';
import type { Userfault } from './userfault.ts';

/** Whether pages that are reported as written are armed again. */
export type Written = 'get' | 'get-and-clear';

/** Reads and arms the pages of registered VMAs, segment by segment. Ranges are in pages, regions are appended to `out`. */
export class SegmentScan {
  private readonly pagemap: BoundedScan;
  private readonly userfault: Userfault;
  private readonly shared: SharedMemory;
  private readonly scratch = new RegionList();
  private segments: readonly Segment[] = [];
  private highest = 0;
  /** A part of a segment turned out to be another's memory: the registrations are to be checked. */
  doubtful = false;

  constructor(pagemap: BoundedScan, userfault: Userfault, shared: SharedMemory) {
    this.pagemap = pagemap;
    this.userfault = userfault;
    this.shared = shared;
  }

  /**
   * Cuts the address space into segments again.
   * @param ours the registered VMAs, ascending
   * @param strict memory registered by others may be between them
   * @param highest end of the last VMA
   */
  arrange(ours: readonly Vma[], strict: boolean, highest: number): void {
    this.segments = strict ? strictSegmentsOf(ours) : segmentsOf(ours);
    this.highest = highest;
  }

  /** Appends the written pages of `range`, at most `maxPages` unless 0. `check`: throws EPERM if a shared VMA changed. */
  read(what: Written, out: RegionList, range: PageRange, maxPages: number, check: boolean): void {
    let found = 0;
    this.forSegments(range, (start, end, segment) => {
      const left = maxPages === 0 ? 0 : maxPages - found;
      const first = out.count;
      if (segment.shared) this.scanShared(what, segment.shared, segment, start, end, out, left, check);
      else if (what === 'get') this.scanReadOnly(segment, start, end, out, left);
      else this.scanArming(segment, start, end, out, left);
      for (let i = first; maxPages > 0 && i < out.count; i++) found += out.end(i) - out.start(i);
      return maxPages === 0 || found < maxPages;
    });
  }

  /** Visits the segments of `range`, ascending, with what a sample needs to read them. */
  forEachAccess(range: PageRange, visit: (start: number, end: number, access: SegmentAccess) => void): void {
    this.forSegments(range, (start, end, segment) => {
      visit(start, end, this.access(segment));
      return true;
    });
  }

  /** Arms the pages of `range`. */
  clear(range: PageRange): void {
    this.forSegments(range, (start, end, segment) => {
      const { shared } = segment;
      this.forArmable(segment, start, end, (from, to) => {
        if (shared) this.shared.clear(from, to, shared);
        else this.pagemap.protect(segment.query, from, to, this.scratch);
      });
      return true;
    });
  }

  /** Whether there is a huge page. */
  hasHuge(start: number, end: number): boolean {
    this.scratch.clear();
    this.pagemap.scan(query.HUGE_PAGES, 0, start, end, this.scratch, 1);
    return this.scratch.count > 0;
  }

  /** Visits the segments of `range`, ascending. Ends when the callback returns false. */
  private forSegments(
    range: PageRange,
    visit: (start: number, end: number, segment: Segment) => boolean,
  ): void {
    const limit = Math.min(range.end, this.highest);
    for (const segment of this.segments) {
      if (segment.end <= range.start) continue;
      if (segment.start >= limit) return;
      if (!visit(Math.max(range.start, segment.start), Math.min(segment.end, limit), segment)) return;
    }
  }

  /**
   * Visits what may be scanned with write-protection of pages `start` … `end` - 1 of a segment: if another's
   * memory may be near, only parts with written pages, and only after checking that it is still ours. The time
   * between the check and the scan, microseconds, is the only gap in which a program could register its own there.
   */
  private forArmable(
    segment: Segment,
    start: number,
    end: number,
    visit: (start: number, end: number) => void,
  ): void {
    if (segment.parts === null) return visit(start, end);
    const written = new RegionList(64);
    if (segment.parts.length > 1) this.pagemap.scan(segment.query, 0, start, end, written);
    else written.push(start, end, PAGE_IS.WRITTEN);
    let region = 0;
    for (const part of segment.parts) {
      while (region < written.count && written.end(region) <= part.start) region++;
      if (region === written.count) return;
      if (written.start(region) >= part.end) continue;
      const first = Math.max(written.start(region), part.start);
      while (region < written.count && written.end(region) < part.end) region++;
      const beyond = region === written.count || written.start(region) >= part.end;
      const last = beyond ? written.end(region - 1) : Math.min(written.end(region), part.end);
      if (this.userfault.register(part.start, part.end) === 0) visit(first, last);
      else this.doubtful = true;
    }
  }

  private scanReadOnly(
    { query: asked, parts }: Segment,
    start: number,
    end: number,
    out: RegionList,
    maxPages: number,
  ): void {
    if (parts === null || parts.length === 1) return this.pagemap.scan(asked, 0, start, end, out, maxPages);
    this.scratch.clear();
    this.pagemap.scan(asked, 0, start, end, this.scratch);
    let left = maxPages === 0 ? Infinity : maxPages;
    let part = 0;
    for (let i = 0; i < this.scratch.count; i++) {
      const [from, to, categories] = [this.scratch.start(i), this.scratch.end(i), this.scratch.categories(i)];
      // The gaps between the parts are not ours.
      while (part < parts.length && parts[part].end <= from) part++;
      for (let p = part; p < parts.length && parts[p].start < to && left > 0; p++) {
        const first = Math.max(from, parts[p].start);
        const last = Math.min(to, parts[p].end, first + left);
        out.push(first, last, categories);
        left -= last - first;
      }
    }
  }

  private scanArming(segment: Segment, start: number, end: number, out: RegionList, maxPages: number): void {
    let left = maxPages;
    this.forArmable(segment, start, end, (from, to) => {
      if (maxPages > 0 && left <= 0) return;
      const first = out.count;
      this.pagemap.scan(segment.query, PM_SCAN.WP_MATCHING, from, to, out, left);
      for (let i = first; maxPages > 0 && i < out.count; i++) left -= out.end(i) - out.start(i);
    });
  }

  private scanShared(
    what: Written,
    vma: Vma,
    segment: Segment,
    start: number,
    end: number,
    out: RegionList,
    maxPages: number,
    check: boolean,
  ): void {
    if (what === 'get') return this.shared.get(start, end, out, maxPages, check);
    this.forArmable(segment, start, end, (from, to) => this.shared.take(from, to, out, maxPages, vma));
  }

  private access(segment: Segment): SegmentAccess {
    return {
      get: (start, end, out) => {
        const { count } = out;
        try {
          if (segment.shared) this.scanShared('get', segment.shared, segment, start, end, out, 0, true);
          else this.scanReadOnly(segment, start, end, out, 0);
          return true;
        } catch (cause) {
          // A shared VMA changed: only arming skips what is not registered.
          if (!(cause instanceof SyscallError) || cause.errno !== ERRNO.EPERM) throw cause;
          out.count = count;
          return false;
        }
      },
      take: (start, end, out) => {
        if (segment.shared)
          this.scanShared('get-and-clear', segment.shared, segment, start, end, out, 0, true);
        else this.scanArming(segment, start, end, out, 0);
      },
    };
  }
}
