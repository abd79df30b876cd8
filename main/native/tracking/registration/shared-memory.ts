import type { Vma } from '#shared/memory/vma.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { PAGE_WAS, PM_SCAN } from '../../syscalls/constants.ts';
import type { MapsVma } from '../../process/maps.ts';
import { PageBitmap } from '../page-bitmap.ts';
import { PRESENT_PAGES, SHARED_TOUCHED, SHARED_WRITTEN } from '../queries.ts';
import { RegionList } from '../region-list.ts';
import { isShared } from '../segments.ts';
import type { Userfault } from '../userfault.ts';
import type { BoundedScan } from './bounded-scan.ts';
import { PageRanges } from './page-ranges.ts';
import type { Pending } from './pending.ts';

/** A shared mapping up to this size (8 MiB) has all its holes protected when it is registered. */
const MAX_SMALL_PAGES = 2048;
/** Page tables that this may add to the program in total: 1 MiB. */
const MAX_TABLES = 256;

/**
 * Shared memory. A page that another process wrote and that is only read here looks like a written one, unless its place in
 * the page table was protected before: then it enters the table protected. But protecting holes makes page tables, 4 KiB
 * for 2 MiB. So holes are protected only if a page table exists, and in small mappings, within a limit; elsewhere the
 * first touch is reported as touched: written or read.
 */
export class SharedMemory {
  private readonly pagemap: BoundedScan;
  private readonly userfault: Userfault;
  private readonly pending: Pending;
  /** Where every hole is protected. */
  private readonly closed = new PageRanges();
  private readonly list = new RegionList();
  /** Page tables that protecting holes made, at most. */
  private tables = 0;

  constructor(pagemap: BoundedScan, userfault: Userfault, pending: Pending) {
    this.pagemap = pagemap;
    this.userfault = userfault;
    this.pending = pending;
  }

  /** Whether all its holes can be protected at once. */
  isSmall(vma: MapsVma): boolean {
    return isShared(vma) && vma.end - vma.start <= MAX_SMALL_PAGES && this.tables + tiles(vma) <= MAX_TABLES;
  }

  /** 0 or a negative errno. Pages that are present already are reported as touched. */
  register(vma: MapsVma): number {
    const small = this.isSmall(vma);
    this.closed.remove(vma.start, vma.end);
    const errno = this.userfault.register(vma.start, vma.end);
    if (errno !== 0) return errno;
    if (small) {
      this.tables += tiles(vma);
      this.close(vma.start, vma.end);
    }
    return 0;
  }

  /** Removes what is in no VMA. */
  keepOnly(vmas: readonly Vma[]): void {
    if (this.closed.empty) return;
    let at = 0;
    for (const vma of vmas) {
      if (!isShared(vma)) continue;
      if (vma.start > at) this.closed.remove(at, vma.start);
      at = Math.max(at, vma.end);
    }
    this.closed.remove(at, Number.MAX_SAFE_INTEGER);
  }

  /** Appends written and touched pages. `check`: fails with EPERM if the VMA is no longer registered. */
  get(start: number, end: number, out: RegionList, maxPages: number, check: boolean): void {
    this.parts(start, end, out, maxPages, (from, to, closed, most) => {
      // Without WPALLOWED in its mask the exact query would report all of a VMA that is not registered.
      if (closed && check) this.pagemap.scan(SHARED_WRITTEN, PM_SCAN.CHECK_WPASYNC, from, to, out, most);
      else this.touched(from, to, 0, out, most);
    });
  }

  /** Like `get`, and arms these pages and the holes around touched pages. */
  take(start: number, end: number, out: RegionList, maxPages: number, vma: MapsVma): void {
    const opened: number[] = [];
    this.parts(start, end, out, maxPages, (from, to, closed, most) => {
      if (closed) return this.pagemap.scan(SHARED_WRITTEN, PM_SCAN.WP_MATCHING, from, to, out, most);
      const first = out.count;
      this.touched(from, to, PM_SCAN.WP_MATCHING, out, most);
      for (let i = first; i < out.count; i++) opened.push(out.start(i), out.end(i));
    });
    this.closeAround(opened, vma);
  }

  /** Arms everything and reports nothing. */
  clear(start: number, end: number, vma: MapsVma): void {
    const room = new RegionList(64);
    const opened: number[] = [];
    this.closed.forEachPart(start, end, (from, to, closed) => {
      if (closed) this.pagemap.protect(SHARED_WRITTEN, from, to, room);
      else {
        room.clear();
        this.pagemap.scan(SHARED_TOUCHED, PM_SCAN.WP_MATCHING, from, to, room);
        for (let i = 0; i < room.count; i++) opened.push(room.start(i), room.end(i));
      }
      return true;
    });
    this.closeAround(opened, vma);
    this.pending.remove(start, end);
  }

  private parts(
    start: number,
    end: number,
    out: RegionList,
    maxPages: number,
    visit: (from: number, to: number, closed: boolean, maxPages: number) => void,
  ): void {
    let left = maxPages;
    this.closed.forEachPart(start, end, (from, to, closed) => {
      const first = out.count;
      visit(from, to, closed, left);
      for (let i = first; maxPages > 0 && i < out.count; i++) left -= out.end(i) - out.start(i);
      return maxPages === 0 || left > 0;
    });
  }

  private touched(start: number, end: number, flags: number, out: RegionList, maxPages: number): void {
    const list = new RegionList(64);
    this.pagemap.scan(SHARED_TOUCHED, flags, start, end, list, maxPages);
    for (let i = 0; i < list.count; i++) out.push(list.start(i), list.end(i), PAGE_WAS.TOUCHED);
  }

  /** Protects the holes of the tiles that contain pages `ranges` (start, end, …), within `vma`. */
  private closeAround(ranges: readonly number[], vma: MapsVma): void {
    for (let i = 0; i < ranges.length;) {
      const start = Math.floor(ranges[i] / PAGES_PER_TILE) * PAGES_PER_TILE;
      let end: number;
      do {
        end = Math.ceil(ranges[i + 1] / PAGES_PER_TILE) * PAGES_PER_TILE;
        i += 2;
      } while (i < ranges.length && ranges[i] < end + PAGES_PER_TILE);
      this.close(Math.max(start, vma.start), Math.min(end, vma.end));
    }
  }

  /** Protects all of pages `start` … `end` - 1; what is present there and was not protected yet is reported as touched. */
  private close(start: number, end: number): void {
    if (start >= end) return;
    const present = new PageBitmap();
    this.addPresent(start, end, present);
    this.list.clear();
    this.pagemap.scan(SHARED_WRITTEN, PM_SCAN.WP_MATCHING, start, end, this.list);
    const armed = this.list.toRuns();
    this.addPresent(start, end, present);
    for (let i = 0; i < armed.length; i += 2) {
      present.forEachRun(armed[i], armed[i] + armed[i + 1], (from, to) => this.pending.touched.add(from, to));
    }
    this.closed.add(start, end);
  }

  private addPresent(start: number, end: number, pages: PageBitmap): void {
    this.list.clear();
    this.pagemap.scan(PRESENT_PAGES, 0, start, end, this.list);
    for (let i = 0; i < this.list.count; i++) pages.add(this.list.start(i), this.list.end(i));
  }
}

const tiles = ({ start, end }: MapsVma) =>
  Math.ceil(end / PAGES_PER_TILE) - Math.floor(start / PAGES_PER_TILE);
