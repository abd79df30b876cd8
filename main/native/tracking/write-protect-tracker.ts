import { closeSync, openSync, readSync } from 'node:fs';
import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { TrackingCost } from '#shared/source/tracking-cost.ts';
import * as errors from '../errors.ts';
import { ERRNO, PAGE_IS } from '../syscalls/constants.ts';
import { SyscallError } from '../syscalls/errno.ts';
import { FaultBudget, usageOf } from './hot/fault-budget.ts';
import { HotPages } from './hot/hot-pages.ts';
import { PagemapScan } from './pagemap-scan.ts';
import * as query from './queries.ts';
import { RegionList } from './region-list.ts';
import { BoundedScan } from './registration/bounded-scan.ts';
import { ComparedPages } from './registration/compared-pages.ts';
import { Occupancy } from './registration/occupancy.ts';
import { Pending, unite } from './registration/pending.ts';
import { releaseInPieces, releaseRest } from './registration/release.ts';
import { SharedMemory } from './registration/shared-memory.ts';
import { SegmentScan, type Written } from './segment-scan.ts';
import { isShared } from './segments.ts';
import { Userfault } from './userfault.ts';
import { VmaFollower, type TrackerOptions } from './vma-follower.ts';

/**
 * Which pages of a process were written, by userfaultfd's asynchronous write-protection and PAGEMAP_SCAN (Linux 6.7).
 * All ranges are in pages. Reading and clearing are one atomic step for each page, with the program running.
 *
 * What counts as written: a page written since it was last cleared; pages present in a mapping that appeared since
 * (when they were written is not known). Not: memory that was written and freed before it was read.
 */
export class WriteProtectTracker {
  private readonly userfault: Userfault;
  private readonly pagemapFd: number;
  private readonly pagemap: BoundedScan;
  private readonly follower: VmaFollower;
  private readonly segments: SegmentScan;
  private readonly occupancy = new Occupancy();
  private readonly scratch = new RegionList();
  /** Used by `complete`. */
  private readonly extra = {
    compared: new RegionList(64),
    pending: new RegionList(64),
    both: new RegionList(64),
    all: new RegionList(),
  };
  private readonly entry = Buffer.alloc(8);
  private readonly hot: HotPages;
  private readonly compared: ComparedPages;
  private readonly pending = new Pending();
  /** The userfaultfd outlives this tracker. */
  private kept = false;

  /**
   * Takes over `uffd`, even when it fails; a number is one on which UFFDIO_API was not done yet. Registers every VMA that
   * accepts it; clears nothing. Throws InspectorError.
   */
  constructor(pid: number, uffd: number | Userfault, { exact = false, huge = 'split' }: TrackerOptions = {}) {
    this.userfault = typeof uffd === 'number' ? new Userfault(uffd) : uffd;
    this.pagemapFd = openSync(`/proc/${pid}/pagemap`, 'r');
    const scan = new PagemapScan(this.pagemapFd);
    this.pagemap = new BoundedScan(scan, this.occupancy, () => this.vmas);
    const shared = new SharedMemory(this.pagemap, this.userfault, this.pending);
    this.compared = new ComparedPages(pid);
    this.segments = new SegmentScan(this.pagemap, this.userfault, shared);
    this.hot = new HotPages(
      new FaultBudget(usageOf(pid)),
      (start, end) => !this.segments.hasHuge(start, end),
    );
    const { userfault, pagemap, occupancy, compared, pending, segments, hot } = this;
    this.follower = new VmaFollower({
      ...{ pid, userfault, pagemap, occupancy, shared, compared, pending, segments, hot, exact, huge },
      alive: () => this.alive(),
    });
    try {
      if (scan.probe(PAGE_IS.PRESENT) === -ERRNO.ENOTTY) throw errors.noPagemapScan();
      this.follower.begin();
    } catch (cause) {
      this.dispose();
      throw cause;
    }
  }

  /** Huge pages that were armed when their mapping was registered. */
  get armedHuge(): RegionList {
    return this.follower.armedHuge;
  }

  get vmas(): readonly Vma[] {
    return this.follower.vmas;
  }

  /** Appends the written pages of `range` to `out`, which is emptied first; with `get-and-clear` they are cleared. */
  read(what: Written, out: RegionList, range: PageRange = this.whole, maxPages = 0): void {
    this.follower.follow(false, range);
    out.clear();
    for (let tries = 0; ; tries++) {
      try {
        this.segments.read(what, out, range, maxPages, tries < 3);
        this.complete(what, out, range, maxPages);
        if (what === 'get-and-clear') {
          if (maxPages > 0) this.hot.armedRegions(out);
          else this.hot.armedRange(range.start, range.end);
        }
        return;
      } catch (cause) {
        // A shared VMA changed: read maps again. Only `get` can fail so, and it has no effect.
        if (!(cause instanceof SyscallError) || cause.errno !== ERRNO.EPERM) throw cause;
        this.follower.follow(true, range);
        out.clear();
      }
    }
  }

  /**
   * One of many samples taken at a steady rate: like `read('get-and-clear')`, but pages that are written in interval
   * after interval are armed less often if arming them would cost the program too much (see HotPages). They are
   * reported with PAGE_WAS.HOT alone when it is not known whether they were written since the last sample.
   * @param exact every page is armed, now and while `exact` is requested
   */
  sample(out: RegionList, exact: boolean, range: PageRange = this.whole): void {
    this.follower.follow(false, range);
    out.clear();
    this.hot.begin(performance.now(), exact);
    this.segments.forEachAccess(range, (start, end, access) => this.hot.scan(start, end, access, out));
    this.hot.end(out);
    this.complete('get-and-clear', out, range, 0);
  }

  /** What tracking costs the program, and adds to it. */
  cost(): Partial<TrackingCost> {
    const { hot, compared } = this;
    const { added } = this.follower;
    return {
      programShare: hot.budget.programShare,
      hotPages: hot.restedPages,
      hotEvery: hot.every,
      addedVmas: added.count,
      maxAddedVmas: added.max,
      comparedPages: compared.count,
    };
  }

  /** Clears the pages of `range`. */
  clear(range: PageRange = this.whole): void {
    this.follower.follow(false, range);
    this.hot.armedRange(range.start, range.end);
    this.segments.clear(range);
    this.scratch.clear();
    this.compared.read(range, true, 0, this.scratch);
    this.pending.remove(range.start, range.end);
  }

  /** Pages of `range` that have an entry, with PRESENT, SWAPPED, PFNZERO, HUGE, GUARD, into `out`, emptied first. */
  state(out: RegionList, range: PageRange = this.whole): void {
    this.follower.follow(false, range);
    out.clear();
    const limit = Math.min(range.end, this.follower.highest);
    let at = range.start;
    for (const vma of this.follower.ours) {
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
    if (range.start === 0 && range.end >= this.follower.highest) this.follower.noteResident();
  }

  /** Whether the program still lives in this address space. */
  alive(): boolean {
    try {
      return readSync(this.pagemapFd, this.entry, 0, 8, 0) === 8;
    } catch {
      return false;
    }
  }

  /** The pagemap entry of a page, 64 bits; null if it cannot be read. */
  pagemapEntry(page: number): bigint | null {
    return readSync(this.pagemapFd, this.entry, 0, 8, page * 8) === 8 ? this.entry.readBigUInt64LE() : null;
  }

  /**
   * Unregisters everything, in pieces that delay the program by less than a millisecond each; the rest is done by the
   * kernel on close, as at our death. The program continues at full speed.
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

  /**
   * From now on `close` keeps the userfaultfd open, for the next tracker of this process, if nothing is registered with
   * it then; it belongs to the caller.
   */
  keepUserfault(): Userfault {
    this.kept = true;
    return this.userfault;
  }

  private release(): Iterable<void> {
    try {
      this.follower.end();
    } catch {
      // The program has ended.
      return [];
    }
    return releaseInPieces(this.follower.ours, this.userfault, this.occupancy);
  }

  private dispose(): void {
    if (!this.kept || !this.released()) this.userfault.close();
    this.follower.close();
    this.compared.close();
    closeSync(this.pagemapFd);
  }

  /** Whether nothing is still registered with our userfaultfd; mappings that changed just now are unregistered here. */
  private released(): boolean {
    try {
      this.scratch.clear();
      this.pagemap.scan(query.REGISTERED_ANY, 0, 0, this.follower.highest, this.scratch);
      this.follower.refresh();
      return releaseRest(this.scratch, this.vmas, this.userfault);
    } catch {
      // The program has ended.
      return false;
    }
  }

  private get whole(): PageRange {
    return { start: 0, end: this.follower.highest };
  }

  /**
   * Joins what is known of pages that the kernel does not report: compared ones, and those that were armed in passing. What
   * was cleared and does not fit is reported the next time.
   */
  private complete(what: Written, out: RegionList, range: PageRange, maxPages: number): void {
    const keep = what === 'get-and-clear';
    const { compared, pending, both, all } = this.extra;
    compared.clear();
    this.compared.read(range, keep, maxPages, compared);
    if (compared.count === 0 && this.pending.empty) return;
    pending.clear();
    this.pending.emit(range.start, range.end, pending);
    if (keep) this.pending.remove(range.start, range.end);
    both.clear();
    unite(compared, pending, both);
    if (both.count === 0) return;
    all.clear();
    unite(out, both, all);
    if (maxPages === 0) return out.swap(all);
    out.clear();
    let left = maxPages === 0 ? Infinity : maxPages;
    for (let i = 0; i < all.count; i++) {
      const stop = Math.min(all.end(i), all.start(i) + left);
      if (stop > all.start(i)) out.push(all.start(i), stop, all.categories(i));
      if (keep && stop < all.end(i)) this.pending.add(all, i, stop);
      left -= stop - all.start(i);
    }
  }
}
