import { closeSync, openSync, readSync } from 'node:fs';
import { USER_PAGES_4_LEVEL } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { HugePolicy } from '#shared/source/backend.ts';
import { HugeGate } from '../huge/huge-gate.ts';
import * as say from '../messages.ts';
import { ERRNO, PAGE_IS, PM_SCAN } from '../syscalls/constants.ts';
import { SyscallError } from '../syscalls/errno.ts';
import { AddressSpace } from './address-space.ts';
import { FaultBudget, usageOf } from './hot/fault-budget.ts';
import { HotPages, type SegmentAccess } from './hot/hot-pages.ts';
import { PageBitmap } from './page-bitmap.ts';
import { PagemapScan } from './pagemap-scan.ts';
import * as query from './queries.ts';
import { RegionList } from './region-list.ts';
import { BoundedScan } from './registration/bounded-scan.ts';
import { Occupancy } from './registration/occupancy.ts';
import { Owner } from './registration/owner.ts';
import { Registrar } from './registration/registrar.ts';
import { releaseInPieces } from './registration/release.ts';
import { ResidentPages } from './registration/resident-pages.ts';
import type { Admission } from './registration/standing.ts';
import { isShared, segmentsOf, strictSegmentsOf, type Segment } from './segments.ts';
import { Userfault } from './userfault.ts';

const WHOLE: PageRange = { start: 0, end: USER_PAGES_4_LEVEL };
/** Memory of others is asked for again so often, in milliseconds: it may have been released. */
const FOREIGN_MS = 1000;

export interface TrackerOptions {
  /** How mappings that have huge pages are treated; default: `split`. */
  readonly huge?: HugePolicy;
}

const leftForHugePages = (policy: HugePolicy): Admission => ({
  tracked: false,
  untracked: policy === 'compare' ? say.UNTRACKED.hugePagesNotCompared : say.UNTRACKED.hugePages,
  standing: { kind: 'refused' },
});

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
  private readonly pagemapFd: number;
  private readonly pagemap: BoundedScan;
  private readonly maps: number;
  private readonly space: AddressSpace;
  private readonly occupancy = new Occupancy();
  private readonly resident: ResidentPages;
  private readonly owner: Owner;
  private readonly scratch = new RegionList();
  private readonly entry = Buffer.alloc(8);
  private readonly hot: HotPages;
  /** Pages of shared mappings that count as written although their entry is protected already. */
  private readonly carry = new PageBitmap();
  private segments: readonly Segment[] = [];
  private segmentsOf: readonly Vma[] = [];
  private strict = false;
  private ours: readonly Vma[] = [];
  private highest = WHOLE.end;
  private foreignAt = performance.now();
  /** A part of a segment is not ours any more. */
  private doubtful = false;

  /** Takes over `uffd`, also when it fails. Registers every VMA that accepts it; clears nothing. Throws InspectorError. */
  constructor(pid: number, uffd: number, { huge = 'split' }: TrackerOptions = {}) {
    this.userfault = new Userfault(uffd);
    this.pagemapFd = openSync(`/proc/${pid}/pagemap`, 'r');
    this.maps = openSync(`/proc/${pid}/maps`, 'r');
    this.resident = new ResidentPages(pid);
    this.owner = new Owner(pid);
    const scan = new PagemapScan(this.pagemapFd);
    this.pagemap = new BoundedScan(scan, this.occupancy, () => this.vmas);
    const { userfault, pagemap, owner, carry } = this;
    const registrar = new Registrar({ userfault, pagemap, owner, carry, alive: () => this.alive() });
    const gate = new HugeGate(huge, pagemap);
    this.space = new AddressSpace(this.maps, (vma, before) =>
      gate.admits(vma) ? registrar.admit(vma, before) : leftForHugePages(huge),
    );
    this.hot = new HotPages(new FaultBudget(usageOf(pid)), (start, end) => !this.hasHuge(start, end));
    try {
      if (scan.probe(PAGE_IS.PRESENT) === -ERRNO.ENOTTY) throw say.noPagemapScan();
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
        if (what === 'get-and-clear') {
          if (maxPages > 0) this.hot.armedRegions(out);
          else this.hot.armedRange(range.start, range.end);
        }
        return;
      } catch (cause) {
        // A shared VMA is not what it was: look again. Only `get` can fail so, and it has no effect.
        if (!(cause instanceof SyscallError) || cause.errno !== ERRNO.EPERM) throw cause;
        this.follow(true, range);
        out.clear();
      }
    }
  }

  /**
   * One of many samples taken at a steady rate: like `read('get-and-clear')`, but pages that are written in interval
   * after interval are armed less often where arming them would cost the program too much (see HotPages). They are
   * reported with PAGE_WAS.HOT alone when it is not known whether they were written since the last sample.
   * @param exact every page is armed, now and as long as it is asked for
   */
  sample(out: RegionList, exact: boolean, range: PageRange = this.whole): void {
    this.follow(false, range);
    out.clear();
    this.hot.begin(performance.now(), exact);
    this.forSegments(range, (start, end, segment) => {
      this.hot.scan(start, end, this.access(segment), out);
      return true;
    });
    this.hot.end();
  }

  /** What faults of tracking cost the program, and how many pages are hot. */
  cost(): { programShare: number | null; hotPages: number } {
    return { programShare: this.hot.budget.programShare, hotPages: this.hot.restedPages };
  }

  /** The pages of `range` are written no more. */
  clear(range: PageRange = this.whole): void {
    this.follow(false, range);
    this.hot.armedRange(range.start, range.end);
    this.forSegments(range, (start, end, segment) => {
      this.forArmable(segment, start, end, (from, to) =>
        this.pagemap.protect(segment.query, from, to, this.scratch),
      );
      if (segment.shared) this.carry.remove(start, end);
      return true;
    });
  }

  /** Pages of `range` that have an entry, with PRESENT, SWAPPED, PFNZERO, HUGE, GUARD, into `out`, emptied first. */
  state(out: RegionList, range: PageRange = this.whole): void {
    this.follow(false, range);
    out.clear();
    const limit = Math.min(range.end, this.highest);
    let at = range.start;
    for (const vma of this.ours) {
      // A protected hole is an entry of the kind that swapped pages have; shared memory's swap is not in page tables.
      if (!isShared(vma) || vma.end <= at) continue;
      if (vma.start >= limit) break;
      this.pagemap.scan(query.STATE, 0, at, vma.start, out);
      const first = out.count;
      at = Math.min(vma.end, limit);
      this.pagemap.scan(query.STATE, 0, Math.max(vma.start, range.start), at, out);
      out.withoutCategories(PAGE_IS.SWAPPED, first);
    }
    this.pagemap.scan(query.STATE, 0, at, limit, out);
    this.occupancy.replace({ start: range.start, end: limit }, out);
    if (range.start === 0 && range.end >= this.highest) this.resident.note();
  }

  /** Whether the program still lives in this address space. */
  alive(): boolean {
    try {
      return readSync(this.pagemapFd, this.entry, 0, 8, 0) === 8;
    } catch {
      return false;
    }
  }

  /** The pagemap entry of a page, 64 bits; null where it cannot be read. */
  pagemapEntry(page: number): bigint | null {
    return readSync(this.pagemapFd, this.entry, 0, 8, page * 8) === 8 ? this.entry.readBigUInt64LE() : null;
  }

  /**
   * Unregisters everything, in pieces that hold the program up for less than a millisecond each; what is left is the
   * kernel's business, on close, as it is when we die. The program goes on at full speed.
   */
  close(): void {
    for (const step of this.release()) void step;
    this.dispose();
  }

  /** `close` with the event loop running in between. */
  async closeSlowly(): Promise<void> {
    try {
      for (const step of this.release()) {
        void step;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      this.dispose();
    }
  }

  private release(): Iterable<void> {
    try {
      this.space.refresh();
      this.arrange();
    } catch {
      // The program is gone.
      return [];
    }
    return releaseInPieces(this.ours, this.userfault, this.occupancy);
  }

  private dispose(): void {
    this.userfault.close();
    this.resident.close();
    closeSync(this.pagemapFd);
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
    if (force || this.doubtful) {
      this.space.refresh();
      if (this.doubtful) this.space.readmit((vma) => this.space.standing(vma)?.kind === 'ours');
      this.doubtful = false;
    } else {
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
      if (!vma || this.space.standing(vma)?.kind === 'ours' || vma.end < end) unknown.push([start, end]);
    }
    if (unknown.length > 0) {
      this.space.refresh();
      this.space.readmit((vma) => unknown.some(([start, end]) => vma.start < end && vma.end > start));
    }
    this.askForForeign();
    this.arrange();
    if (this.resident.grew(this.occupancy.tiles)) this.survey();
  }

  /** Memory that was another's may be free now. */
  private askForForeign(): void {
    if (!this.owner.foreignPossible || performance.now() - this.foreignAt < FOREIGN_MS) return;
    this.foreignAt = performance.now();
    this.space.readmit((vma) => this.space.standing(vma)?.kind === 'foreign');
  }

  /** Brings what is derived from the list of VMAs up to date. */
  private arrange(): void {
    const { vmas } = this;
    const strict = this.owner.foreignPossible;
    if (this.segmentsOf === vmas && this.strict === strict) return;
    this.segmentsOf = vmas;
    this.strict = strict;
    this.ours = vmas.filter((vma) => this.space.standing(vma)?.kind === 'ours');
    this.segments = strict ? strictSegmentsOf(this.ours) : segmentsOf(this.ours);
    const last = vmas.findLast((vma) => vma.name !== '[vsyscall]');
    this.highest = Math.max(USER_PAGES_4_LEVEL, last?.end ?? 0);
    this.occupancy.keepOnly(vmas);
    this.hot.retain(this.ours);
  }

  /** Finds out where memory is that appeared since, so that the scans which follow are bounded by it. */
  private survey(): void {
    this.scratch.clear();
    this.pagemap.scan(query.STATE, 0, 0, this.highest, this.scratch);
    this.occupancy.replace({ start: 0, end: this.highest }, this.scratch);
    this.resident.note();
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

  /**
   * Visits what may be scanned with write-protection of pages `start` … `end` - 1 of a segment: where somebody else's
   * memory may be near, only what holds something written, and only after asking whether it is still ours. The time
   * between that question and the scan, microseconds, is all that is left for a program to put its own in its place.
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

  private scanWritten(
    what: Written,
    out: RegionList,
    range: PageRange,
    maxPages: number,
    check: boolean,
  ): void {
    let found = 0;
    this.forSegments(range, (start, end, segment) => {
      const left = maxPages === 0 ? 0 : maxPages - found;
      const first = out.count;
      if (segment.shared) this.scanShared(what, segment, start, end, out, left, check);
      else if (what === 'get') this.scanReadOnly(segment, start, end, out, left);
      else this.scanArming(segment, start, end, out, left);
      for (let i = first; maxPages > 0 && i < out.count; i++) found += out.end(i) - out.start(i);
      return maxPages === 0 || found < maxPages;
    });
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
      // What lies between the parts is not ours.
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
    segment: Segment,
    start: number,
    end: number,
    out: RegionList,
    maxPages: number,
    check: boolean,
  ): void {
    if (what === 'get-and-clear' && segment.parts && this.userfault.register(start, end) !== 0) {
      this.doubtful = true;
      return;
    }
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

  private access(segment: Segment): SegmentAccess {
    return {
      get: (start, end, out) => {
        const { count } = out;
        try {
          if (segment.shared) this.scanShared('get', segment, start, end, out, 0, true);
          else this.scanReadOnly(segment, start, end, out, 0);
          return true;
        } catch (cause) {
          // A shared VMA is not what it was: only arming leaves out what is not registered.
          if (!(cause instanceof SyscallError) || cause.errno !== ERRNO.EPERM) throw cause;
          out.count = count;
          return false;
        }
      },
      take: (start, end, out) => {
        if (segment.shared) this.scanShared('get-and-clear', segment, start, end, out, 0, true);
        else this.scanArming(segment, start, end, out, 0);
      },
    };
  }

  private hasHuge(start: number, end: number): boolean {
    this.scratch.clear();
    this.pagemap.scan(query.HUGE_PAGES, 0, start, end, this.scratch, 1);
    return this.scratch.count > 0;
  }
}
