import { closeSync, openSync, readSync } from 'node:fs';
import { USER_PAGES_4_LEVEL } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { TrackingCost } from '#shared/source/tracking-cost.ts';
import type { HugePolicy } from '#shared/source/backend.ts';
import { HugeGate } from '../huge/huge-gate.ts';
import * as errors from '../errors.ts';
import * as notices from '../notices.ts';
import { ERRNO, PAGE_IS, PM_SCAN } from '../syscalls/constants.ts';
import { SyscallError } from '../syscalls/errno.ts';
import { AddressSpace } from './address-space.ts';
import { FaultBudget, usageOf } from './hot/fault-budget.ts';
import { HotPages, type SegmentAccess } from './hot/hot-pages.ts';
import { PagemapScan } from './pagemap-scan.ts';
import * as query from './queries.ts';
import { RegionList } from './region-list.ts';
import { AddedVmas } from './registration/added-vmas.ts';
import { BoundedScan } from './registration/bounded-scan.ts';
import { ComparedPages } from './registration/compared-pages.ts';
import { Occupancy } from './registration/occupancy.ts';
import { Owner } from './registration/owner.ts';
import { PageRanges } from './registration/page-ranges.ts';
import { Pending, unite } from './registration/pending.ts';
import { Registrar } from './registration/registrar.ts';
import { releaseInPieces, releaseRest } from './registration/release.ts';
import { ResidentPages } from './registration/resident-pages.ts';
import { SharedMemory } from './registration/shared-memory.ts';
import { isCompared, type Admission } from './registration/registration-state.ts';
import { isShared, segmentsOf, strictSegmentsOf, type Segment } from './segments.ts';
import { Userfault } from './userfault.ts';

const WHOLE: PageRange = { start: 0, end: USER_PAGES_4_LEVEL };
/** Interval of retries to register a mapping, in milliseconds. */
const RETRY_MS = 1000;
/** Interval of checks for new mappings between samples, in milliseconds; a check takes 4 µs while there are none. */
const NOTICE_MS = 10;
/** Untracked memory of this size is left out of searches for unregistered pages. */
const LARGE_PAGES = 8192;

export interface TrackerOptions {
  /** Registers every mapping at once; calls of the program that need an unregistered one may fail then. */
  readonly exact?: boolean;
  /** How mappings that have huge pages are treated; default: `split`. */
  readonly huge?: HugePolicy;
}

/** The admission of a mapping that is not registered because of its huge pages. */
function leftForHugePages(policy: HugePolicy, compares: boolean): Admission {
  if (compares) {
    const registration = { kind: 'huge', born: -Infinity } as const;
    return {
      tracked: true,
      untracked: undefined,
      tracking: 'compared',
      reason: notices.COMPARED.huge,
      registration,
    };
  }
  const untracked =
    policy === 'compare' ? notices.UNTRACKED.hugePagesNotCompared : notices.UNTRACKED.hugePages;
  return { tracked: false, untracked, registration: { kind: 'refused', born: -Infinity } };
}

type Written = 'get' | 'get-and-clear';

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
  private readonly maps: number;
  private readonly space: AddressSpace;
  private readonly occupancy = new Occupancy();
  private readonly resident: ResidentPages;
  private readonly owner: Owner;
  private readonly scratch = new RegionList();
  private readonly entry = Buffer.alloc(8);
  private readonly hot: HotPages;
  private readonly registrar: Registrar;
  readonly armedHuge: RegionList;
  private readonly shared: SharedMemory;
  private readonly compared: ComparedPages;
  private readonly pending = new Pending();
  private readonly added = new AddedVmas();
  /** Pages with an entry in unregistered VMAs, as of the last look. */
  private readonly unregistered = new RegionList();
  private readonly notice: NodeJS.Timeout;
  private segments: readonly Segment[] = [];
  private segmentsOf: readonly Vma[] = [];
  private strict = false;
  private ours: readonly Vma[] = [];
  private highest = WHOLE.end;
  /** Large memory that cannot be tracked. */
  private skipped = new PageRanges();
  private young: readonly Vma[] = [];
  private retryAt = performance.now() + RETRY_MS;
  /** A part of a segment is not ours any more. */
  private doubtful = false;
  /** The userfaultfd outlives this tracker. */
  private kept = false;

  /**
   * Takes over `uffd`, also when it fails; a number is one on which UFFDIO_API was not done yet. Registers every VMA that
   * accepts it; clears nothing. Throws InspectorError.
   */
  constructor(pid: number, uffd: number | Userfault, { exact = false, huge = 'split' }: TrackerOptions = {}) {
    this.userfault = typeof uffd === 'number' ? new Userfault(uffd) : uffd;
    this.pagemapFd = openSync(`/proc/${pid}/pagemap`, 'r');
    this.maps = openSync(`/proc/${pid}/maps`, 'r');
    this.resident = new ResidentPages(pid);
    this.owner = new Owner(pid);
    const scan = new PagemapScan(this.pagemapFd);
    this.pagemap = new BoundedScan(scan, this.occupancy, () => this.vmas);
    this.shared = new SharedMemory(this.pagemap, this.userfault, this.pending);
    this.compared = new ComparedPages(pid);
    const { userfault, pagemap, owner, shared, compared, pending, added } = this;
    this.registrar = new Registrar({
      ...{ userfault, pagemap, owner, shared, compared, pending, added, exact },
      alive: () => this.alive(),
      registration: (vma) => this.space.registration(vma),
      at: (page) => this.space.at(page),
    });
    this.armedHuge = this.registrar.armedHuge;
    const gate = new HugeGate(huge, pagemap);
    this.space = new AddressSpace(this.maps, (vma, near) =>
      gate.admits(vma) ? this.registrar.admit(vma, near) : leftForHugePages(huge, gate.compares(vma)),
    );
    this.hot = new HotPages(new FaultBudget(usageOf(pid)), (start, end) => !this.hasHuge(start, end));
    this.notice = setInterval(() => this.noticeMappings(), NOTICE_MS);
    this.notice.unref();
    try {
      if (scan.probe(PAGE_IS.PRESENT) === -ERRNO.ENOTTY) throw errors.noPagemapScan();
      this.space.refresh();
      this.added.begin(this.vmas);
      this.arrange();
      this.registrar.begin(this.highest);
      this.space.readmit(() => true);
      this.registrar.end();
      this.follow(true);
    } catch (cause) {
      clearInterval(this.notice);
      this.dispose();
      throw cause;
    }
  }

  get vmas(): readonly Vma[] {
    return this.space.vmas;
  }

  /** Appends the written pages of `range` to `out`, which is emptied first; with `clear` they are cleared. */
  read(what: Written, out: RegionList, range: PageRange = this.whole, maxPages = 0): void {
    this.follow(false, range);
    out.clear();
    for (let tries = 0; ; tries++) {
      try {
        this.scanWritten(what, out, range, maxPages, tries < 3);
        this.complete(what, out, range, maxPages);
        if (what === 'get-and-clear') {
          if (maxPages > 0) this.hot.armedRegions(out);
          else this.hot.armedRange(range.start, range.end);
        }
        return;
      } catch (cause) {
        // A shared VMA changed: read maps again. Only `get` can fail so, and it has no effect.
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
   * @param exact every page is armed, now and while `exact` is requested
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
    this.complete('get-and-clear', out, range, 0);
  }

  /** What tracking costs the program, and adds to it. */
  cost(): Partial<TrackingCost> {
    const { hot, added, compared } = this;
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
    this.follow(false, range);
    this.hot.armedRange(range.start, range.end);
    this.forSegments(range, (start, end, segment) => {
      const { shared } = segment;
      this.forArmable(segment, start, end, (from, to) => {
        if (shared) this.shared.clear(from, to, shared);
        else this.pagemap.protect(segment.query, from, to, this.scratch);
      });
      return true;
    });
    this.scratch.clear();
    this.compared.read(range, true, 0, this.scratch);
    this.pending.remove(range.start, range.end);
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
    clearInterval(this.notice);
    // Nothing is registered after this.
    this.registrar.surveying = true;
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
    if (!this.kept || !this.released()) this.userfault.close();
    this.resident.close();
    this.compared.close();
    closeSync(this.pagemapFd);
    closeSync(this.maps);
  }

  /** Whether nothing is registered with our userfaultfd any more; mappings that changed just now are unregistered here. */
  private released(): boolean {
    try {
      this.scratch.clear();
      this.pagemap.scan(query.REGISTERED_ANY, 0, 0, this.highest, this.scratch);
      this.space.refresh();
      return releaseRest(this.scratch, this.vmas, this.userfault);
    } catch {
      // The program is gone.
      return false;
    }
  }

  private get whole(): PageRange {
    return { start: 0, end: this.highest };
  }

  /**
   * Brings the list of VMAs up to date and registers what is new. Between two readings of maps, pages with an entry in
   * VMAs that are not registered reveal what was mapped or moved in the meantime, even to the same address.
   */
  private follow(force: boolean, range: PageRange = this.whole): void {
    if (force || this.doubtful || this.registrar.cut) {
      this.registrar.cut = false;
      this.space.refresh();
      // Checks the owner of each.
      if (this.doubtful) this.space.readmit((vma) => this.space.registration(vma)?.kind === 'ours');
      this.doubtful = false;
    } else {
      this.space.refreshIfDue();
      if (!this.alive()) throw errors.programGone();
    }
    this.arrange();
    const changed = this.lookForUnregistered(range);
    if (changed !== null) {
      if (changed.unknown) this.space.refresh();
      this.space.readmit((vma) => changed.vmas.has(vma) || changed.isUnknown(vma));
    }
    this.retry();
    if (this.registrar.cut) {
      this.registrar.cut = false;
      this.space.refresh();
    }
    this.arrange();
    const whole = range.start === 0 && range.end >= this.highest;
    this.compared.find(
      this.unregistered,
      whole,
      (page) => this.space.at(page),
      (vma) => isCompared(this.space.registration(vma)?.kind),
    );
    if (this.resident.grew(this.occupancy.tiles)) this.survey();
  }

  /**
   * Pages with an entry in VMAs that are not registered, which are not known yet. Null where there is nothing to decide
   * anew; else the VMAs to be admitted again.
   */
  private lookForUnregistered(range: PageRange): Reconsidered | null {
    const { unregistered } = this;
    unregistered.clear();
    this.skipped.forEachPart(range.start, Math.min(range.end, this.highest), (from, to, skip) => {
      if (!skip) this.pagemap.scan(query.UNREGISTERED, 0, from, to, unregistered);
      return true;
    });
    const vmas = new Set<Vma>();
    const unknown: [start: number, end: number][] = [];
    for (let i = 0; i < unregistered.count; i++) {
      if ((unregistered.categories(i) & PAGE_IS.GUARD) !== 0) continue;
      const end = unregistered.end(i);
      for (let page = unregistered.start(i); page < end;) {
        const vma = this.space.at(page);
        if (vma === undefined) {
          unknown.push([page, end]);
          break;
        }
        const kind = this.space.registration(vma)?.kind;
        // It may be another mapping by now: maps is read again before anything is registered.
        if (kind === 'ours' || kind === 'empty') unknown.push([page, Math.min(end, vma.end)]);
        page = vma.end;
      }
    }
    const now = performance.now();
    const { graceMs } = this.owner;
    for (const vma of this.young)
      if (now - (this.space.registration(vma)?.born ?? 0) >= graceMs) vmas.add(vma);
    if (vmas.size === 0 && unknown.length === 0) return null;
    const isUnknown = (vma: Vma) => unknown.some(([start, end]) => vma.start < end && vma.end > start);
    return { vmas, unknown: unknown.length > 0, isUnknown };
  }

  /** Memory registered by others may be free by now, and more VMAs may be allowed. */
  private retry(): void {
    if (performance.now() < this.retryAt) return;
    this.retryAt = performance.now() + RETRY_MS;
    const again = new Set(this.vmas.filter((vma) => this.isWaiting(vma)));
    if (again.size > 0) this.space.readmit((vma) => again.has(vma));
  }

  private isWaiting(vma: Vma): boolean {
    const kind = this.space.registration(vma)?.kind;
    return kind === 'foreign' || kind === 'surplus' || vma.untracked === notices.UNTRACKED.tooManyVmas;
  }

  /** Between samples: new and grown mappings are admitted soon. */
  private noticeMappings(): void {
    if (!this.resident.mappedChanged()) return;
    try {
      this.space.refreshIfDue();
      if (!this.registrar.cut) return;
      this.registrar.cut = false;
      this.space.refresh();
    } catch {
      // The program is gone; the next call reports it.
    }
  }

  /** Brings what is derived from the list of VMAs up to date. */
  private arrange(): void {
    const { vmas } = this;
    const strict = this.owner.foreignPossible;
    if (this.segmentsOf === vmas && this.strict === strict) return;
    this.segmentsOf = vmas;
    this.strict = strict;
    this.ours = vmas.filter((vma) => this.space.registration(vma)?.kind === 'ours');
    this.young = vmas.filter((vma) => this.space.registration(vma)?.kind === 'young');
    this.skipped = new PageRanges();
    for (const vma of vmas) {
      const large = vma.end - vma.start >= LARGE_PAGES;
      if (large && !vma.tracked && this.space.registration(vma)?.kind !== 'foreign')
        this.skipped.add(vma.start, vma.end);
    }
    this.segments = strict ? strictSegmentsOf(this.ours) : segmentsOf(this.ours);
    const last = vmas.findLast((vma) => vma.name !== '[vsyscall]');
    this.highest = Math.max(USER_PAGES_4_LEVEL, last?.end ?? 0);
    this.occupancy.keepOnly(vmas);
    this.pending.keepOnly(vmas);
    this.shared.keepOnly(vmas);
    this.added.update(vmas);
    this.hot.retain(this.ours);
  }

  /** Locates memory that appeared since, which bounds the following scans. */
  private survey(): void {
    this.scratch.clear();
    this.pagemap.scan(query.STATE, 0, 0, this.highest, this.scratch);
    this.occupancy.replace({ start: 0, end: this.highest }, this.scratch);
    this.resident.note();
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
   * Visits what may be scanned with write-protection of pages `start` … `end` - 1 of a segment: where another's
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
      if (segment.shared) this.scanShared(what, segment.shared, segment, start, end, out, left, check);
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

  /**
   * Joins what is known of pages that the kernel does not report: compared ones, and those that were armed in passing. What
   * was cleared and does not fit is reported the next time.
   */
  private complete(what: Written, out: RegionList, range: PageRange, maxPages: number): void {
    const keep = what === 'get-and-clear';
    const compared = new RegionList(64);
    this.compared.read(range, keep, maxPages, compared);
    if (compared.count === 0 && this.pending.empty) return;
    const pending = new RegionList(64);
    this.pending.emit(range.start, range.end, pending);
    if (keep) this.pending.remove(range.start, range.end);
    const extra = new RegionList(64);
    unite(compared, pending, extra);
    const all = new RegionList();
    unite(out, extra, all);
    out.clear();
    let left = maxPages === 0 ? Infinity : maxPages;
    for (let i = 0; i < all.count; i++) {
      const stop = Math.min(all.end(i), all.start(i) + left);
      if (stop > all.start(i)) out.push(all.start(i), stop, all.categories(i));
      if (keep && stop < all.end(i)) this.pending.add(all, i, stop);
      left -= stop - all.start(i);
    }
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

  private hasHuge(start: number, end: number): boolean {
    this.scratch.clear();
    this.pagemap.scan(query.HUGE_PAGES, 0, start, end, this.scratch, 1);
    return this.scratch.count > 0;
  }
}

/** VMAs to be admitted again. */
interface Reconsidered {
  readonly vmas: ReadonlySet<Vma>;
  /** There are pages outside of known VMAs. */
  readonly unknown: boolean;
  readonly isUnknown: (vma: Vma) => boolean;
}
