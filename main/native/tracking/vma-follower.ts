import { closeSync, openSync } from 'node:fs';
import { USER_PAGES_4_LEVEL } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { firstEndingAfter, type Vma } from '#shared/memory/vma.ts';
import type { HugePolicy } from '#shared/source/backend.ts';
import * as errors from '../errors.ts';
import { HugeGate } from '../huge/huge-gate.ts';
import * as notices from '../notices.ts';
import { pollSteadily } from '../polling.ts';
import { PAGE_IS } from '../syscalls/constants.ts';
import { AddressSpace } from './address-space.ts';
import type { HotPages } from './hot/hot-pages.ts';
import * as query from './queries.ts';
import { RegionList } from './region-list.ts';
import { AddedVmas } from './registration/added-vmas.ts';
import type { BoundedScan } from './registration/bounded-scan.ts';
import type { ComparedPages } from './registration/compared-pages.ts';
import { leftForHugePages } from './registration/left-for-huge-pages.ts';
import type { Occupancy } from './registration/occupancy.ts';
import { Owner } from './registration/owner.ts';
import { userRange } from '../process/user-range.ts';
import { PageRanges } from './registration/page-ranges.ts';
import type { Pending } from './registration/pending.ts';
import { Registrar } from './registration/registrar.ts';
import { isCompared } from './registration/registration-state.ts';
import { ResidentPages } from './registration/resident-pages.ts';
import type { SharedMemory } from './registration/shared-memory.ts';
import type { SegmentScan } from './segment-scan.ts';
import type { Userfault } from './userfault.ts';

/** Interval of retries to register a mapping, in milliseconds. */
const RETRY_MS = 1000;
/** Untracked memory of this size is left out of searches for unregistered pages. */
const LARGE_PAGES = 8192;

export interface TrackerOptions {
  /** Registers every mapping at once; calls of the program that need an unregistered one may fail then. */
  readonly exact?: boolean;
  /** How mappings that have huge pages are treated; default: `split`. */
  readonly huge?: HugePolicy;
}

/** VMAs to be admitted again. */
interface Reconsidered {
  readonly vmas: ReadonlySet<Vma>;
  /** There are pages outside of known VMAs. */
  readonly unknown: boolean;
  readonly isUnknown: (vma: Vma) => boolean;
}

/** What depends on the list of VMAs, and what registers them. */
export interface Following extends Required<TrackerOptions> {
  readonly pid: number;
  readonly userfault: Userfault;
  readonly pagemap: BoundedScan;
  readonly occupancy: Occupancy;
  readonly shared: SharedMemory;
  readonly compared: ComparedPages;
  readonly pending: Pending;
  readonly segments: SegmentScan;
  readonly hot: HotPages;
  /** Whether the program still lives in this address space. */
  alive(): boolean;
}

/** The VMAs of a process: which there are, and which of them are registered. New ones are registered when they are due. */
export class VmaFollower {
  /** Registered by us, ascending. */
  ours: readonly Vma[] = [];
  /** End of the last VMA, or of a 4-level address space. */
  highest = USER_PAGES_4_LEVEL;
  readonly added = new AddedVmas();
  private readonly by: Following;
  private readonly maps: number;
  private readonly resident: ResidentPages;
  private readonly owner: Owner;
  private readonly registrar: Registrar;
  private readonly space: AddressSpace;
  private readonly scratch = new RegionList();
  /** Pages with an entry in unregistered VMAs, as of the last poll. */
  private readonly unregistered = new RegionList();
  private readonly stopNoticing: () => void;
  /** What `arrange` was last called for. */
  private arrangedFor: readonly Vma[] = [];
  private strict = false;
  /** Large memory that cannot be tracked. */
  private skipped = new PageRanges();
  private young: readonly Vma[] = [];
  private retryAt = performance.now() + RETRY_MS;

  constructor(by: Following) {
    const { pid, userfault, pagemap, shared, compared, pending, exact, huge } = by;
    this.by = by;
    this.maps = openSync(`/proc/${pid}/maps`, 'r');
    this.resident = new ResidentPages(pid);
    this.owner = new Owner(pid);
    const { owner, added } = this;
    this.registrar = new Registrar({
      ...{ userfault, pagemap, owner, shared, compared, pending, added, exact },
      alive: () => by.alive(),
      registration: (vma) => this.space.registration(vma),
      at: (page) => this.space.at(page),
    });
    const gate = new HugeGate(huge, pagemap);
    this.space = new AddressSpace(this.maps, (vma, near) =>
      gate.admits(vma) ? this.registrar.admit(vma, near) : leftForHugePages(huge, gate.compares(vma)),
    );
    this.stopNoticing = pollSteadily(() => this.noticeMappings());
  }

  /** Ascending. The same array if nothing changed. */
  get vmas(): readonly Vma[] {
    return this.space.vmas;
  }

  /** Huge pages that were armed when their mapping was registered. */
  get armedHuge(): RegionList {
    return this.registrar.armedHuge;
  }

  /** Registers every VMA that accepts it. Throws InspectorError. */
  begin(): void {
    this.space.refresh();
    this.added.begin(this.vmas);
    this.arrange();
    this.registrar.begin(this.highest);
    this.space.readmit(() => true);
    this.registrar.end();
    this.follow(true, { start: 0, end: this.highest });
  }

  /** Nothing is registered after this. Brings the list of VMAs up to date; throws if the program has ended. */
  end(): void {
    this.stopNoticing();
    this.registrar.surveying = true;
    this.space.refresh();
    this.arrange();
  }

  /** Reads maps, and registers nothing. */
  refresh(): void {
    this.space.refresh();
  }

  /** The positions of all present memory are known now. */
  noteResident(): void {
    this.resident.note();
  }

  close(): void {
    this.stopNoticing();
    this.resident.close();
    closeSync(this.maps);
  }

  /**
   * Brings the list of VMAs up to date and registers what is new. Between two readings of maps, pages with an entry in
   * VMAs that are not registered reveal what was mapped or moved in the meantime, even to the same address.
   */
  follow(force: boolean, range: PageRange): void {
    if (force || this.by.segments.doubtful || this.registrar.cut) {
      this.registrar.cut = false;
      this.space.refresh();
      // Checks the owner of each.
      if (this.by.segments.doubtful)
        this.space.readmit((vma) => this.space.registration(vma)?.kind === 'ours');
      this.by.segments.doubtful = false;
    } else {
      this.space.refreshIfDue();
      if (!this.by.alive()) throw errors.programGone();
    }
    this.arrange();
    const changed = this.findUnregistered(range);
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
    this.by.compared.find(
      this.unregistered,
      whole,
      (page) => this.space.at(page),
      (vma) => isCompared(this.space.registration(vma)?.kind),
    );
    if (this.resident.grew(this.by.occupancy.tiles)) this.survey();
  }

  /**
   * Pages with an entry in VMAs that are not registered, which are not known yet. Null if there is nothing to decide
   * again; else the VMAs to be admitted again.
   */
  private findUnregistered(range: PageRange): Reconsidered | null {
    const { unregistered } = this;
    unregistered.clear();
    this.skipped.forEachPart(range.start, Math.min(range.end, this.highest), (from, to, skip) => {
      if (!skip) this.by.pagemap.scan(query.UNREGISTERED, 0, from, to, unregistered);
      return true;
    });
    const vmas = new Set<Vma>();
    const unknown: PageRange[] = [];
    for (let i = 0; i < unregistered.count; i++) {
      if ((unregistered.categories(i) & PAGE_IS.GUARD) !== 0) continue;
      const end = unregistered.end(i);
      for (let page = unregistered.start(i); page < end;) {
        const vma = this.space.at(page);
        if (vma === undefined) {
          unknown.push({ start: page, end });
          break;
        }
        const kind = this.space.registration(vma)?.kind;
        // It may be another mapping by now: maps is read again before anything is registered.
        if (kind === 'ours' || kind === 'empty') unknown.push({ start: page, end: Math.min(end, vma.end) });
        page = vma.end;
      }
    }
    const now = performance.now();
    const { graceMs } = this.owner;
    for (const vma of this.young)
      if (now - (this.space.registration(vma)?.born ?? 0) >= graceMs) vmas.add(vma);
    if (vmas.size === 0 && unknown.length === 0) return null;
    // They ascend; there are tens of thousands of both when a program builds its mappings again and again.
    const isUnknown = (vma: Vma) =>
      (unknown[firstEndingAfter(unknown, vma.start)]?.start ?? Infinity) < vma.end;
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

  /** Every 10 ms: new and grown mappings are admitted soon. Takes 4 µs while there are none. */
  private noticeMappings(): void {
    if (!this.resident.mappedChanged()) return;
    try {
      this.space.refreshIfDue();
      if (!this.registrar.cut) return;
      this.registrar.cut = false;
      this.space.refresh();
    } catch {
      // The program has ended; the next call reports it.
    }
  }

  /** Brings what is derived from the list of VMAs up to date. */
  private arrange(): void {
    const { vmas } = this;
    const strict = this.owner.foreignPossible;
    if (this.arrangedFor === vmas && this.strict === strict) return;
    this.arrangedFor = vmas;
    this.strict = strict;
    this.ours = vmas.filter((vma) => this.space.registration(vma)?.kind === 'ours');
    this.young = vmas.filter((vma) => this.space.registration(vma)?.kind === 'young');
    this.skipped = new PageRanges();
    for (const vma of vmas) {
      const large = vma.end - vma.start >= LARGE_PAGES;
      if (large && !vma.tracked && this.space.registration(vma)?.kind !== 'foreign')
        this.skipped.add(vma.start, vma.end);
    }
    this.highest = userRange(vmas).end;
    this.by.segments.arrange(this.ours, strict, this.highest);
    this.by.occupancy.keepOnly(vmas);
    this.by.pending.keepOnly(vmas);
    this.by.shared.keepOnly(vmas);
    this.added.update(vmas);
    this.by.hot.retain(this.ours);
  }

  /** Locates memory that appeared since, which bounds the following scans. */
  private survey(): void {
    this.scratch.clear();
    this.by.pagemap.scan(query.STATE, 0, 0, this.highest, this.scratch);
    this.by.occupancy.replace({ start: 0, end: this.highest }, this.scratch);
    this.resident.note();
  }
}
