import { closeSync, openSync, readSync } from 'node:fs';
import { USER_PAGES_4_LEVEL } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import * as say from '../messages.ts';
import type { MapsVma } from '../process/maps.ts';
import { ERRNO, PAGE_IS, PM_SCAN } from '../syscalls/constants.ts';
import { SyscallError } from '../syscalls/errno.ts';
import { AddressSpace } from './address-space.ts';
import { PageBitmap } from './page-bitmap.ts';
import { PagemapScan } from './pagemap-scan.ts';
import * as query from './queries.ts';
import { RegionList } from './region-list.ts';
import { isShared, MOST_SHARED_PAGES, segmentsOf, type Segment } from './segments.ts';
import { Userfault } from './userfault.ts';

const WHOLE: PageRange = { start: 0, end: USER_PAGES_4_LEVEL };

type Written = 'get' | 'get-and-clear';

/**
 * Which pages of a process were written, by userfaultfd's asynchronous write-protection and PAGEMAP_SCAN (Linux 6.7).
 * All ranges are in pages. Reading and clearing are one atomic step for each page, with the program running.
 *
 * What counts as written: a page written since it was last cleared; pages present in a mapping that appeared since
 * (nobody can tell when they were written). Not: memory that was written and given back before it was looked at.
 */
export class WriteProtectTracker {
  private readonly userfault: Userfault;
  private readonly pagemap: PagemapScan;
  private readonly maps: number;
  private readonly space: AddressSpace;
  private readonly scratch = new RegionList();
  private readonly entry = Buffer.alloc(8);
  /** Pages of shared mappings that count as written although their entry is protected already. */
  private readonly carry = new PageBitmap();
  private segments: readonly Segment[] = [];
  private segmentsOf: readonly Vma[] = [];
  private highest = WHOLE.end;

  /** Takes over `uffd`, also when it fails. Registers every VMA that accepts it; clears nothing. Throws InspectorError. */
  constructor(pid: number, uffd: number) {
    this.userfault = new Userfault(uffd);
    this.pagemap = new PagemapScan(openSync(`/proc/${pid}/pagemap`, 'r'));
    this.maps = openSync(`/proc/${pid}/maps`, 'r');
    this.space = new AddressSpace(this.maps, (vma) => this.register(vma));
    try {
      if (this.pagemap.probe(PAGE_IS.PRESENT) === -ERRNO.ENOTTY) throw say.noPagemapScan();
      this.follow(true);
    } catch (cause) {
      this.close();
      throw cause;
    }
  }

  get vmas(): readonly Vma[] {
    return this.space.vmas;
  }

  /** Appends the written pages of `range` to `out`, which is emptied first; with `clear` they are written no more. */
  read(what: Written, out: RegionList, range: PageRange = this.whole, maxPages = 0): void {
    this.follow(false, range);
    out.clear();
    for (let tries = 0; ; tries++) {
      try {
        this.scanWritten(what, out, range, maxPages, tries < 3);
        return;
      } catch (cause) {
        // A shared VMA is not what it was: look again. Only `get` can fail so, and it has no effect.
        if (!(cause instanceof SyscallError) || cause.errno !== ERRNO.EPERM) throw cause;
        this.follow(true, range);
        out.clear();
      }
    }
  }

  /** The pages of `range` are written no more. */
  clear(range: PageRange = this.whole): void {
    this.follow(false, range);
    this.forSegments(range, (start, end, segment) => {
      this.pagemap.protect(segment.query, start, end, this.scratch);
      if (segment.shared) this.carry.remove(start, end);
      return true;
    });
  }

  /** Pages of `range` that have an entry, with PRESENT, SWAPPED, PFNZERO, HUGE, GUARD, into `out`, emptied first. */
  state(out: RegionList, range: PageRange = this.whole): void {
    this.follow(false, range);
    out.clear();
    this.forSegments(range, (start, end, { shared }) => {
      const first = out.count;
      this.pagemap.scan(query.STATE, 0, start, end, out);
      // A protected hole is an entry of the kind that swapped pages have; shared memory's swap is not in page tables.
      if (shared) out.withoutCategories(PAGE_IS.SWAPPED, first);
      return true;
    });
  }

  /** Whether the program still lives in this address space. */
  alive(): boolean {
    try {
      return readSync(this.pagemap.fd, this.entry, 0, 8, 0) === 8;
    } catch {
      return false;
    }
  }

  /** The pagemap entry of a page, 64 bits; null where it cannot be read. */
  pagemapEntry(page: number): bigint | null {
    return readSync(this.pagemap.fd, this.entry, 0, 8, page * 8) === 8 ? this.entry.readBigUInt64LE() : null;
  }

  /** Unregisters everything (the kernel does, on close). The program goes on at full speed. */
  close(): void {
    this.userfault.close();
    closeSync(this.pagemap.fd);
    closeSync(this.maps);
  }

  private get whole(): PageRange {
    return { start: 0, end: this.highest };
  }

  /**
   * Brings the list of VMAs up to date and registers what is new. Between two readings of maps, pages with an entry in
   * VMAs that are not registered give away what was mapped, or moved, in the meantime, even to the same place.
   */
  private follow(force: boolean, range: PageRange = this.whole): void {
    if (force) this.space.refresh();
    else {
      this.space.refreshIfDue();
      if (!this.alive()) throw say.programGone();
    }
    this.scratch.clear();
    this.pagemap.scan(query.UNREGISTERED, 0, range.start, Math.min(range.end, this.highest), this.scratch);
    const unknown: [start: number, end: number][] = [];
    for (let i = 0; i < this.scratch.count; i++) {
      const start = this.scratch.start(i);
      const end = this.scratch.end(i);
      const vma = this.space.at(start);
      if (!vma || vma.tracked || vma.end < end) unknown.push([start, end]);
    }
    if (unknown.length > 0) {
      this.space.refresh();
      for (const [start, end] of unknown) this.space.reregister(start, end);
    }
    if (this.segmentsOf !== this.space.vmas) {
      this.segmentsOf = this.space.vmas;
      this.segments = segmentsOf(this.space.vmas);
      const last = this.space.vmas.findLast((vma) => vma.name !== '[vsyscall]');
      this.highest = Math.max(USER_PAGES_4_LEVEL, last?.end ?? 0);
    }
  }

  /** Visits the segments of `range`, ascending. Ends when told false. */
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

  private scanWritten(
    what: Written,
    out: RegionList,
    range: PageRange,
    maxPages: number,
    check: boolean,
  ): void {
    const flags = what === 'get' ? 0 : PM_SCAN.WP_MATCHING;
    let found = 0;
    this.forSegments(range, (start, end, segment) => {
      const left = maxPages === 0 ? 0 : maxPages - found;
      const first = out.count;
      if (segment.shared) this.scanShared(what, segment, start, end, out, left, check);
      else this.pagemap.scan(segment.query, flags, start, end, out, left);
      for (let i = first; maxPages > 0 && i < out.count; i++) found += out.end(i) - out.start(i);
      return maxPages === 0 || found < maxPages;
    });
  }

  private scanShared(
    what: Written,
    segment: Segment,
    start: number,
    end: number,
    out: RegionList,
    maxPages: number,
    check: boolean,
  ): void {
    // Without WPALLOWED in its mask the exact query would report all of a VMA that is not registered; protecting skips it.
    const reading = what === 'get' && check ? PM_SCAN.CHECK_WPASYNC : 0;
    const flags = what === 'get' ? reading : PM_SCAN.WP_MATCHING;
    const asked = what === 'get' && !check ? query.SHARED_TOUCHED : segment.query;
    if (this.carry.empty) {
      this.pagemap.scan(asked, flags, start, end, out, maxPages);
      return;
    }
    this.scratch.clear();
    this.pagemap.scan(asked, flags, start, end, this.scratch, maxPages);
    const union = new PageBitmap();
    for (let i = 0; i < this.scratch.count; i++) union.add(this.scratch.start(i), this.scratch.end(i));
    this.carry.forEachRun(start, end, (from, to) => union.add(from, to));
    if (what === 'get-and-clear') this.carry.remove(start, end);
    let left = maxPages === 0 ? Infinity : maxPages;
    union.forEachRun(start, end, (from, to) => {
      const stop = Math.min(to, from + left);
      left -= stop - from;
      if (stop > from) out.push(from, stop, PAGE_IS.WRITTEN);
      // What does not fit was cleared already: it is reported next time.
      if (stop < to && what === 'get-and-clear') this.carry.add(stop, to);
    });
  }

  private register(vma: MapsVma): number {
    this.scratch.clear();
    this.pagemap.scan(query.UNREGISTERED_ANY, 0, vma.start, vma.end, this.scratch, 1);
    if (this.scratch.count === 0) return 0;
    if (!isShared(vma) || vma.end - vma.start > MOST_SHARED_PAGES) return this.registerRange(vma);
    const present = new PageBitmap();
    this.addPresent(vma, present);
    const errno = this.registerRange(vma);
    if (errno !== 0) return errno;
    // Protects everything at once, holes included; what was there before or is now counts as written.
    this.scratch.clear();
    this.pagemap.scan(query.SHARED_WRITTEN, PM_SCAN.WP_MATCHING, vma.start, vma.end, this.scratch);
    const written = this.scratch.toRuns();
    this.addPresent(vma, present);
    for (let i = 0; i < written.length; i += 2) {
      const start = written[i];
      present.forEachRun(start, start + written[i + 1], (from, to) => this.carry.add(from, to));
    }
    return 0;
  }

  private registerRange(vma: MapsVma): number {
    const errno = this.userfault.register(vma.start, vma.end);
    if (errno === -ERRNO.ENOMEM && !this.alive()) throw say.programGone();
    return errno;
  }

  private addPresent(vma: MapsVma, pages: PageBitmap): void {
    this.scratch.clear();
    this.pagemap.scan(query.PRESENT_PAGES, 0, vma.start, vma.end, this.scratch);
    for (let i = 0; i < this.scratch.count; i++) pages.add(this.scratch.start(i), this.scratch.end(i));
  }
}
