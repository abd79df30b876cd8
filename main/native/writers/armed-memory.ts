import { readFileSync } from 'node:fs';
import { lowerBound } from '#shared/memory/lower-bound.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { MapsVma } from '../process/maps.ts';
import { ERRNO } from '../syscalls/constants.ts';
import { PagemapScan } from '../tracking/pagemap-scan.ts';
import { ENTRIES, HUGE_PAGES } from '../tracking/queries.ts';
import { RegionList } from '../tracking/region-list.ts';
import { ControlBlocks } from './control-blocks.ts';
import { common, joined, Mappings } from './mappings.ts';
import type { SyncUserfault } from './sync-userfault.ts';

/** Maximum number of pages that one request protects or releases: it holds mmap_lock meanwhile. */
const PIECE_PAGES = 4096;
/** Mappings registered after the start, which may leave more VMAs in the program. */
const MAX_ADDED = 16;
/** Tiles without pages are armed in mappings up to this size: that needs page tables. */
const MAX_SPARSE_PAGES = 16_384;

/** A mapping that cannot be armed. */
export interface SkippedMapping extends PageRange {
  readonly name: string;
  readonly reason: string;
}

const REASON = {
  file: 'a private mapping of a file (synchronous write-protection is for anonymous and shared memory)',
  other: 'the kernel does not offer synchronous write-protection for it',
  foreign: 'registered with another userfaultfd',
  added: 'too many mappings appeared since the start',
} as const;

/**
 * The memory of a process whose first writers are looked for: which mappings are registered, which of their pages are armed.
 * Whole mappings are registered, so that a selection does not divide them; only the selected pages are armed.
 */
export class ArmedMemory {
  readonly skipped = new Map<number, SkippedMapping>();
  readonly mappings: Mappings;
  private readonly userfault: SyncUserfault;
  private readonly pagemap: PagemapScan;
  private readonly selected: readonly PageRange[];
  private readonly blocks: ControlBlocks;
  private readonly list = new RegionList(1024);
  private readonly registered = new Map<number, MapsVma>();
  private readonly excluded = new Set<number>();
  /** First pages of tiles that are huge pages: they are released as a whole, which does not split them. */
  private readonly huge = new Set<number>();
  private readonly sparse = fillsHoles();
  private targets: PageRange[] = [];
  private released: PageRange[] = [];
  private added = -1;
  /** Pages that are not armed, ascending. */
  private holes: readonly number[] = [];

  /** `selected` ascends. */
  constructor(pid: number, userfault: SyncUserfault, pagemapFd: number, selected: readonly PageRange[]) {
    this.userfault = userfault;
    this.pagemap = new PagemapScan(pagemapFd);
    this.selected = selected;
    this.blocks = new ControlBlocks(pid);
    this.mappings = new Mappings(pid);
  }

  get armedPages(): number {
    return this.targets.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** Follows the program's mappings, and registers those of the selection. Arms nothing. Returns whether any are registered. */
  refresh(): boolean {
    if (this.mappings.refresh()) this.registerAll();
    return this.registered.size > 0;
  }

  /** The registered mapping that holds `page`. */
  at(page: number): MapsVma | undefined {
    for (const vma of this.registered.values()) if (vma.start <= page && page < vma.end) return vma;
    return undefined;
  }

  /** Pages that the kernel writes to when it cannot wait: never armed from now on. */
  exclude(ranges: readonly PageRange[]): void {
    for (const { start, end } of ranges) {
      for (let page = start; page < end; page++) {
        if (this.excluded.has(page)) continue;
        this.excluded.add(page);
        if (this.at(page)) this.userfault.protect(page, page + 1, false);
      }
    }
  }

  /** Excludes the control block of the thread whose stack pointer this is. */
  excludeThread(stackPointer: bigint): void {
    const vma = this.at(Number(stackPointer >> 12n));
    if (vma) this.exclude(this.blocks.above(stackPointer, vma));
  }

  /** Arms the whole selection but `left`. */
  arm(left: ReadonlySet<number>): void {
    this.released = [];
    this.holes = [...this.excluded, ...left].sort((a, b) => a - b);
    this.huge.clear();
    this.targets = [...this.registered.values()]
      .sort((a, b) => a.start - b.start)
      .flatMap((vma) => common(vma, this.selected).flatMap((part) => this.occupied(vma, part)));
    for (const target of this.targets) this.protect(target);
  }

  /** Arms again what was released since. */
  armReleased(): void {
    const pages = new Set<number>();
    for (const { start, end } of this.released) for (let page = start; page < end; page++) pages.add(page);
    this.released = [];
    for (const page of this.excluded) pages.delete(page);
    for (const range of joined(pages)) this.protect(range);
  }

  /** Releases everything; `between` runs between two requests. */
  disarm(between: () => void): void {
    for (const { start, end } of this.targets) {
      for (let page = start; page < end; page += PIECE_PAGES) {
        this.userfault.protect(page, Math.min(page + PIECE_PAGES, end), false);
        between();
      }
    }
  }

  /** Releases one page, or the huge page that holds it, and wakes the threads that wait there. */
  release(page: number): void {
    const tile = page - (page % PAGES_PER_TILE);
    const range = this.huge.has(tile)
      ? { start: tile, end: tile + PAGES_PER_TILE }
      : { start: page, end: page + 1 };
    const result = this.userfault.protect(range.start, range.end, false);
    if (result === 0) {
      this.released.push(range);
      return;
    }
    // Unmapped or replaced meanwhile, or of another size: nothing may wait for it.
    const vma = this.at(page);
    if (result === -ERRNO.EINVAL && vma) {
      this.userfault.unregister(vma.start, vma.end);
      this.registered.delete(vma.start);
      this.skipped.set(vma.start, { ...vma, reason: REASON.other });
    }
    this.userfault.wake(range.start, range.end);
  }

  /** Unregisters everything in pieces; the kernel does the rest when the descriptor closes. */
  close(between: () => void): void {
    this.disarm(between);
    for (const { start, end } of this.registered.values()) {
      this.userfault.unregister(start, end);
      between();
    }
    this.registered.clear();
  }

  private registerAll(): void {
    const { all } = this.mappings;
    const present = new Map(all.map((vma) => [vma.start, vma]));
    for (const [start, vma] of this.registered)
      if (present.get(start)?.end !== vma.end) this.registered.delete(start);
    const isFirst = this.added < 0;
    if (isFirst) this.added = 0;
    this.skipped.clear();
    for (const vma of all) {
      if (!vma.write || vma.kind === 'special' || this.registered.has(vma.start)) continue;
      if (common(vma, this.selected).length === 0) continue;
      const reason = this.register(vma, isFirst);
      if (reason !== null) this.skipped.set(vma.start, { ...vma, reason });
    }
  }

  private register(vma: MapsVma, isFirst: boolean): string | null {
    if (vma.kind === 'file-private') return REASON.file;
    if (!isFirst && this.added >= MAX_ADDED) return REASON.added;
    const result = this.userfault.register(vma.start, vma.end);
    if (result === -ERRNO.EBUSY) return REASON.foreign;
    if (result < 0) return REASON.other;
    if (!isFirst) this.added++;
    this.registered.set(vma.start, vma);
    if (vma.kind === 'anon-private' || vma.kind === 'heap') this.exclude(this.blocks.inMapping(vma));
    return null;
  }

  /** The parts of a range of `vma` that are armed: without what is excluded, and without tiles in which a huge page may appear. */
  private occupied(vma: MapsVma, part: PageRange): PageRange[] {
    const { list } = this;
    list.clear();
    this.pagemap.scan(HUGE_PAGES, 0, part.start, part.end, list);
    for (let i = 0; i < list.count; i++) {
      for (let tile = list.start(i); tile < list.end(i); tile += PAGES_PER_TILE)
        if (tile % PAGES_PER_TILE === 0 && tile + PAGES_PER_TILE <= vma.end) this.huge.add(tile);
    }
    let parts = [part];
    if (!this.sparse || part.end - part.start > MAX_SPARSE_PAGES) {
      list.clear();
      this.pagemap.scan(ENTRIES, 0, part.start, part.end, list);
      parts = common(part, this.tilesOf(vma, part));
    }
    return parts.flatMap((range) => without(range, this.holes));
  }

  /** Tiles with a page in `list`, and those that are only in part in `vma`, in which no huge page can be. */
  private tilesOf(vma: MapsVma, part: PageRange): PageRange[] {
    const tiles = new Set<number>();
    const edge = (page: number) => {
      const tile = page - (page % PAGES_PER_TILE);
      if (tile < vma.start || tile + PAGES_PER_TILE > vma.end) tiles.add(tile);
    };
    edge(part.start);
    edge(part.end - 1);
    for (let i = 0; i < this.list.count; i++) {
      const first = this.list.start(i);
      for (let tile = first - (first % PAGES_PER_TILE); tile < this.list.end(i); tile += PAGES_PER_TILE)
        tiles.add(tile);
    }
    const ranges: { start: number; end: number }[] = [];
    for (const start of [...tiles].sort((a, b) => a - b)) {
      const last = ranges.at(-1);
      if (last?.end === start) last.end += PAGES_PER_TILE;
      else ranges.push({ start, end: start + PAGES_PER_TILE });
    }
    return ranges;
  }

  private protect({ start, end }: PageRange): void {
    for (let page = start; page < end; page += PIECE_PAGES)
      this.userfault.protect(page, Math.min(page + PIECE_PAGES, end), true);
  }
}

/** The range without the pages `holes`, which ascend. */
function without(range: PageRange, holes: readonly number[]): PageRange[] {
  const parts: PageRange[] = [];
  let { start } = range;
  const first = lowerBound(0, holes.length, (i) => holes[i] >= range.start);
  for (let i = first; i < holes.length && holes[i] < range.end; i++) {
    if (holes[i] > start) parts.push({ start, end: holes[i] });
    start = holes[i] + 1;
  }
  if (start < range.end) parts.push({ start, end: range.end });
  return parts;
}

/** Whether holes may be armed: where huge pages appear by themselves, a page table in a hole would prevent that. */
function fillsHoles(): boolean {
  try {
    return !readFileSync('/sys/kernel/mm/transparent_hugepage/enabled', 'latin1').includes('[always]');
  } catch {
    return true;
  }
}
