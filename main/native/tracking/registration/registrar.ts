import { ERRNO, PAGE_IS, PM_SCAN } from '../../syscalls/constants.ts';
import * as errors from '../../errors.ts';
import * as notices from '../../notices.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { MapsVma } from '../../process/maps.ts';
import { ENTRIES, PRIVATE_FILE_WRITTEN, REGISTERED_ANY, UNREGISTERED, UNREGISTERED_ANY } from '../queries.ts';
import { RegionList } from '../region-list.ts';
import { isShared } from '../segments.ts';
import type { Userfault } from '../userfault.ts';
import type { AddedVmas } from './added-vmas.ts';
import type { BoundedScan } from './bounded-scan.ts';
import type { ComparedPages } from './compared-pages.ts';
import { alike, wouldMerge, type Near } from './near.ts';
import type { Owner } from './owner.ts';
import type { Pending } from './pending.ts';
import type { SharedMemory } from './shared-memory.ts';
import {
  isCompared,
  type Admission,
  type RegistrationState,
  type RegistrationKind,
} from './registration-state.ts';

/** Maximum pages of a young mapping; a larger one is registered at once. */
const MAX_YOUNG_PAGES = 4096;

/** An inaccessible mapping up to this size next to memory of ours is a guard and registered with it. */
const MAX_GUARD_PAGES = 64;

/** The longest row of adjacent mappings of ours, each registered in whole: mremap moves one that has no edge. */
const MAX_ROW = 4;

/** Dependencies of a registrar. */
export interface Registering {
  readonly userfault: Userfault;
  readonly pagemap: BoundedScan;
  readonly owner: Owner;
  readonly shared: SharedMemory;
  readonly compared: ComparedPages;
  readonly pending: Pending;
  readonly added: AddedVmas;
  /** Everything is registered at once, even if calls of the program may then fail. */
  readonly exact: boolean;
  alive(): boolean;
  /** The registration of a VMA of the last reading. */
  registration(vma: Vma): RegistrationState | undefined;
  /** The VMA of the last reading at a page. */
  at(page: number): Vma | undefined;
}

/**
 * Decides which mappings are registered, when, and in what pieces, so that the program notices as little as possible:
 *
 * - Registered is not the same as registered by us: PAGE_IS_WPALLOWED holds for any asynchronous write-protection;
 *   only UFFDIO_REGISTER knows whose a registration is.
 * - Memory without a page is not registered. But where it is adjacent to memory of ours with which it would have merged, it is
 *   registered while it is untouched, since only then the two merge to one mapping again: that is why new mappings are
 *   looked for every 10 ms. Once it is touched it has its own anon_vma, and registering it can wait.
 * - A mapping that is new is compared by content for a second or two (Owner.graceMs): programs grow, move and collapse fresh memory, or
 *   register it themselves, and all these calls fail on two VMAs where there was one, or on memory that is registered.
 * - A heap grows at its end: the last page is left unregistered (an edge), so that what is added merges with it and only
 *   the border moves. The same if other mappings accumulate.
 */
export class Registrar {
  private readonly by: Registering;
  private readonly scratch = new RegionList();
  /** Huge pages that were armed here, in no sample; taken by the code that counts split ones. */
  readonly armedHuge = new RegionList(8);
  /** The first reading only lists the mappings. */
  surveying = true;
  /** Mappings that exist at the attach are not young. */
  attaching = true;
  /** Pages of unregistered VMAs as of the attach, during the attach; null if each VMA is queried. */
  private present: RegionList | null = null;
  private nextPresent = 0;
  /** VMAs were cut: maps is to be read again. */
  cut = false;

  constructor(by: Registering) {
    this.by = by;
  }

  /** Finds pages below `end`, once for all VMAs that exist already. */
  begin(end: number): void {
    this.surveying = false;
    this.scratch.clear();
    this.by.pagemap.scan(REGISTERED_ANY, 0, 0, end, this.scratch, 1);
    // All registered memory belongs to others.
    if (this.scratch.count > 0) return;
    this.present = new RegionList();
    this.by.pagemap.scan(UNREGISTERED, 0, 0, end, this.present);
  }

  /** Mappings that appear after this are new. */
  end(): void {
    this.attaching = false;
    this.present = null;
  }

  /** Registers `vma` when it is due, and returns its registration. */
  admit(vma: MapsVma, near: Near): Admission {
    if (this.surveying) return admitted('empty', -Infinity);
    const before = near.before.flatMap((old) => this.inherited(old, vma) ?? []);
    const fresh = this.attaching ? -Infinity : performance.now();
    const born = before.reduce((earliest, old) => Math.min(earliest, old.born), fresh);
    if (this.isRegistered(vma)) return this.own(vma, near, born);
    if (before.some(({ kind }) => kind === 'foreign')) return this.takeOver(vma, born);
    if (!before.some(({ kind }) => kind === 'ours') || this.isRegisteredInPart(vma)) {
      return this.place(vma, near, born, before);
    }
    // Another mapping took the place of one of ours: its state is discarded.
    this.by.pending.remove(vma.start, vma.end);
    return this.place(vma, near, fresh, before);
  }

  /** The previous registration, where `vma` is the same mapping, or a part of a young one with other rights. */
  private inherited(old: Vma, vma: MapsVma): RegistrationState | undefined {
    const registration = this.by.registration(old);
    const same = old.kind === vma.kind && old.name === vma.name && registration?.kind === 'young';
    return same || alike(old, vma) ? registration : undefined;
  }

  /** Registered already, in whole: by us or by another. */
  private own(vma: MapsVma, near: Near, born: number): Admission {
    const errno = this.by.userfault.register(vma.start, vma.end);
    if (errno !== 0) return this.refusal(vma, errno, born);
    if (this.endsHeap(vma, near) && !this.attaching) this.makeEdge(vma);
    return admitted('ours', born);
  }

  private takeOver(vma: MapsVma, born: number): Admission {
    const errno = this.by.userfault.register(vma.start, vma.end);
    if (errno !== 0) return this.refusal(vma, errno, born);
    // What was written while it was another's is not known, and not claimed.
    if (isShared(vma)) this.by.shared.clear(vma.start, vma.end, vma);
    else this.by.pagemap.protect(PRIVATE_FILE_WRITTEN, vma.start, vma.end, this.scratch);
    return admitted('ours', born);
  }

  /** Not registered, or not in whole. */
  private place(vma: MapsVma, near: Near, born: number, before: readonly RegistrationState[]): Admission {
    const { exact, shared, owner, added, compared } = this.by;
    const low = wouldMerge(near.previous, vma) ? this.kindAt(near.previous) : undefined;
    const high = wouldMerge(vma, near.next) ? this.kindAt(near.next) : undefined;
    const touches = isOurs(low) || isOurs(high);
    const { pages, swapped } = this.contents(vma);
    const pacing = !exact && !this.attaching;
    if (pages === 0 && !exact && !shared.isSmall(vma)) {
      // If unregistered, tens of thousands of guards would have to be visited in each sample.
      if (isGuard(vma) && (isOurs(this.kindAt(near.previous)) || isOurs(this.kindAt(near.next))))
        return this.registerWhole(vma, born);
      if (!touches || owner.foreignPossible || vma.kind === 'heap') return admitted('empty', born);
      return this.registerWhole(vma, born);
    }
    // What it is made from may be mapped again at any time, within a range that would then be registered with it.
    const wasYoung = before.some(({ kind }) => kind === 'young');
    if (pacing && !wasYoung && !vma.read && !vma.write && !vma.exec && compared.hasRoomFor(pages)) {
      return admitted('inaccessible', born, notices.COMPARED.inaccessible);
    }
    const young = performance.now() - born < owner.graceMs && (!isShared(vma) || owner.foreignPossible);
    const borders = vma.kind === 'heap' || wasBorder(before);
    if (pacing && young && !borders && !swapped && pages <= MAX_YOUNG_PAGES && compared.hasRoomFor(pages)) {
      return admitted('young', born, notices.COMPARED.young);
    }
    if (this.endsHeap(vma, near) || (!exact && (wasBorder(before) || this.pilesUp(near, low, high)))) {
      return this.registerButEdge(vma, born, !isOurs(low) && isOurs(high) ? 'low' : 'high');
    }
    if (touches && !added.allows(1)) return this.surplus(born, pages);
    if (touches) added.note();
    return this.registerWhole(vma, born);
  }

  private registerWhole(vma: MapsVma, born: number): Admission {
    const errno = isShared(vma) ? this.by.shared.register(vma) : this.registerRange(vma.start, vma.end);
    if (errno !== 0) return this.refusal(vma, errno, born);
    this.handOver(vma.start, vma.end);
    return admitted('ours', born);
  }

  private registerButEdge(vma: MapsVma, born: number, side: 'low' | 'high'): Admission {
    const start = side === 'low' ? this.edgeOf(vma.start, vma).end : vma.start;
    const end = side === 'high' ? this.edgeOf(vma.end - 1, vma).start : vma.end;
    if (start >= end) return admitted('edge', born, notices.COMPARED.edge);
    if (!this.by.added.allows(1)) return this.surplus(born, vma.end - vma.start);
    const errno = this.registerRange(start, end);
    if (errno !== 0) return this.refusal(vma, errno, born);
    this.handOver(start, end);
    this.cut = true;
    return admitted('cut', born);
  }

  /**
   * The page at the growing end of a VMA, or 2 MiB where a huge page is or may come: a VMA that ends inside one splits it,
   * and where a VMA ends inside, the kernel makes none.
   */
  private edgeOf(page: number, vma: MapsVma): PageRange {
    const start = page - (page % PAGES_PER_TILE);
    const end = start + PAGES_PER_TILE;
    const { pagemap, compared } = this.by;
    if (start < vma.start || end > vma.end || !compared.hasRoomFor(PAGES_PER_TILE))
      return { start: page, end: page + 1 };
    this.scratch.clear();
    pagemap.scan(ENTRIES, 0, start, end, this.scratch, 1);
    const small = this.scratch.count > 0 && (this.scratch.categories(0) & PAGE_IS.HUGE) === 0;
    return small ? { start: page, end: page + 1 } : { start, end };
  }

  /** As for a heap that shrank into registered memory: leaves its end out again. */
  private makeEdge(vma: MapsVma): void {
    const { start, end } = this.edgeOf(vma.end - 1, vma);
    if (start <= vma.start || !this.by.added.allows(1)) return;
    const { compared, pagemap, userfault } = this.by;
    // Copied before it is armed, and unregistered after: a write in between changes the contents, or was reported.
    compared.keep(start, end);
    this.scratch.clear();
    pagemap.scan(PRIVATE_FILE_WRITTEN, PM_SCAN.WP_MATCHING, start, end, this.scratch);
    for (let i = 0; i < this.scratch.count; i++) compared.forget(this.scratch.start(i), this.scratch.end(i));
    if (userfault.unregister(start, end) === 0) this.cut = true;
  }

  /** Pages that were compared are armed, and those that count as written are noted, since arming them hides that. */
  private handOver(start: number, end: number): void {
    const { compared, pagemap, pending } = this.by;
    if (!compared.knowsAny(start, end)) return;
    this.scratch.clear();
    pagemap.scan(PRIVATE_FILE_WRITTEN, PM_SCAN.WP_MATCHING, start, end, this.scratch);
    for (let i = 0; i < this.scratch.count; i++) {
      const huge = (this.scratch.categories(i) & PAGE_IS.HUGE) !== 0;
      if (huge) this.armedHuge.push(this.scratch.start(i), this.scratch.end(i), PAGE_IS.HUGE);
      compared.visitWritten(this.scratch.start(i), this.scratch.end(i), false, (page) => {
        const appeared = huge && !compared.knowsAny(page, page + 1);
        (appeared ? pending.touched : pending.written).add(page, page + 1);
        return true;
      });
    }
    compared.forget(start, end);
  }

  private surplus(born: number, pages: number): Admission {
    if (this.by.compared.hasRoomFor(pages)) return admitted('surplus', born, notices.COMPARED.surplus);
    return against('refused', notices.UNTRACKED.tooManyVmas, born);
  }

  private refusal(vma: MapsVma, errno: number, born: number): Admission {
    // Unmapped since maps was read. What is mapped there next is admitted when it has a page, even if its line is the same.
    if (errno === -ERRNO.EINVAL && !this.hasPage(vma)) return admitted('empty', born);
    if (errno === -ERRNO.EBUSY) return against('foreign', this.by.owner.ofForeign(), born);
    if (errno === -ERRNO.EPERM) return against('refused', notices.UNTRACKED.readOnlyShared, born);
    return against('refused', notices.UNTRACKED.refused, born);
  }

  private registerRange(start: number, end: number): number {
    const errno = this.by.userfault.register(start, end);
    if (errno === -ERRNO.ENOMEM && !this.by.alive()) throw errors.programGone();
    return errno;
  }

  /** Whether all of it is registered, holes included, by us or others. */
  private isRegistered(vma: MapsVma): boolean {
    if (this.present !== null) return false;
    this.scratch.clear();
    this.by.pagemap.scan(UNREGISTERED_ANY, 0, vma.start, vma.end, this.scratch, 1);
    return this.scratch.count === 0;
  }

  private isRegisteredInPart(vma: MapsVma): boolean {
    this.scratch.clear();
    this.by.pagemap.scan(REGISTERED_ANY, 0, vma.start, vma.end, this.scratch, 1);
    return this.scratch.count > 0;
  }

  private contents(vma: MapsVma): { pages: number; swapped: boolean } {
    let [list, first] = [this.scratch, 0];
    if (this.present !== null) {
      // VMAs are queried in ascending order.
      list = this.present;
      while (this.nextPresent < list.count && list.end(this.nextPresent) <= vma.start) this.nextPresent++;
      first = this.nextPresent;
    } else {
      list.clear();
      this.by.pagemap.scan(UNREGISTERED, 0, vma.start, vma.end, list, MAX_YOUNG_PAGES + 1);
    }
    let [pages, swapped] = [0, false];
    for (let i = first; i < list.count && list.start(i) < vma.end; i++) {
      if ((list.categories(i) & PAGE_IS.GUARD) !== 0) continue;
      pages += Math.min(list.end(i), vma.end) - Math.max(list.start(i), vma.start);
      swapped ||= (list.categories(i) & PAGE_IS.SWAPPED) !== 0;
    }
    return { pages, swapped };
  }

  private hasPage(vma: MapsVma): boolean {
    this.scratch.clear();
    this.by.pagemap.scan(ENTRIES, 0, vma.start, vma.end, this.scratch, 1);
    return this.scratch.count > 0;
  }

  /** The neighbour's registration: of an admitted line, or of the one that was there before. */
  private kindAt(vma: MapsVma | undefined): RegistrationKind | undefined {
    if (vma === undefined) return undefined;
    const known = 'tracked' in vma ? (vma as Vma) : this.by.at(vma.start);
    return known === undefined ? undefined : this.by.registration(known)?.kind;
  }

  /** The heap grows at the end of this VMA. */
  private endsHeap(vma: MapsVma, near: Near): boolean {
    return vma.kind === 'heap' && !this.by.exact && near.next?.kind !== 'heap';
  }

  /** It is adjacent to a row of ours: memory that grows like this gets an edge. */
  private pilesUp(near: Near, low?: RegistrationKind, high?: RegistrationKind): boolean {
    if (isOurs(low) && isOurs(high)) return false;
    if (isOurs(low)) return this.rowFrom(near.previous, -1) >= MAX_ROW;
    if (isOurs(high)) return this.rowFrom(near.next, 1) >= MAX_ROW;
    return false;
  }

  /** Adjacent mappings of ours from `vma`, which is one, downwards (-1) or upwards: MAX_ROW at most. */
  private rowFrom(vma: MapsVma | undefined, direction: -1 | 1): number {
    let count = 0;
    for (let at = vma; at !== undefined && ++count < MAX_ROW;) {
      const next: Vma | undefined = this.by.at(direction < 0 ? at.start - 1 : at.end);
      if (next === undefined || !isOurs(this.by.registration(next)?.kind)) break;
      if (direction < 0 ? !wouldMerge(next, at) : !wouldMerge(at, next)) break;
      at = next;
    }
    return count;
  }
}

const isOurs = (kind: RegistrationKind | undefined) => kind === 'ours' || kind === 'cut';

/** It grew from the page at the growing end of a mapping. */
const wasBorder = (before: readonly RegistrationState[]) =>
  before.some(({ kind }) => kind === 'edge' || kind === 'cut');

function isGuard(vma: MapsVma): boolean {
  return vma.kind === 'anon-private' && !vma.read && !vma.write && vma.end - vma.start <= MAX_GUARD_PAGES;
}

function admitted(kind: RegistrationKind, born: number, reason?: string): Admission {
  const tracking = isCompared(kind) ? ('compared' as const) : undefined;
  return { tracked: true, untracked: undefined, tracking, reason, registration: { kind, born } };
}

function against(kind: RegistrationKind, untracked: string, born: number): Admission {
  return { tracked: false, untracked, tracking: undefined, reason: undefined, registration: { kind, born } };
}
