import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { hasFrame, setEntry } from './entries.ts';
import { EINVAL } from './errno.ts';
import { splitHuge } from './huge.ts';
import type { SimulatedProcess } from './process.ts';
import {
  DIRTY,
  EXCLUSIVE,
  FILE,
  LAZY_FREE,
  PINNED,
  PRESENT,
  SOFT,
  SWAP,
  UFFD_WP,
  ZERO,
  type Tile,
} from './tile.ts';
import { VM_HUGETLB, VM_PFNMAP } from './vm-flags.ts';
import type { Vma } from './vma.ts';
import { releaseEntry, zapEntries } from './zap.ts';

/** MADV_PAGEOUT: pages that nobody else maps go to swap, or back to their file; EINVAL for devices and hugetlb. */
export function pageOut(process: SimulatedProcess, vma: Vma, start: number, end: number): Vma | number {
  if ((vma.flags & (VM_PFNMAP | VM_HUGETLB)) !== 0) return EINVAL;
  reclaimRange(process, vma, start, end, false);
  return vma;
}

/**
 * shrink_page_list() over the pages of [start, end): anonymous ones become swap entries, which keep the soft-dirty bit;
 * clean ones under MADV_FREE are dropped; pages of files lose their entries, soft-dirty bits included, and pages of
 * shared memory their place in the cache. With `shared` also pages that other entries map, here and there alike.
 * Returns how many pages left.
 */
export function reclaimRange(
  process: SimulatedProcess,
  vma: Vma,
  start: number,
  end: number,
  shared: boolean,
): number {
  const { table } = process;
  let gone = 0;
  for (let tile = table.next(start, end); tile !== null; tile = table.next(tile.end, end)) {
    const from = Math.max(start, tile.base);
    const to = Math.min(end, tile.end);
    if (tile.huge !== 0 && !splitForReclaim(process, vma, tile, shared)) {
      if (vma.anonymous || to - from < PAGES_PER_TILE) continue;
      gone += reclaimHugeFile(process, vma, tile);
      continue;
    }
    for (let page = from; page < to; page++) {
      if (reclaimEntry(process, vma, tile, page - tile.base, shared)) gone++;
    }
  }
  return gone;
}

/** Memory pressure on [start, end), wherever those pages are mapped. Returns how many left. */
export function reclaimPages(process: SimulatedProcess, start: number, end: number): number {
  let gone = 0;
  for (const vma of process.vmas.all()) {
    if (vma.end <= start || vma.start >= end || (vma.flags & (VM_PFNMAP | VM_HUGETLB)) !== 0) continue;
    gone += reclaimRange(process, vma, Math.max(start, vma.start), Math.min(end, vma.end), true);
  }
  return gone;
}

/** A huge page goes to swap page by page; the huge zero page and one that is shared stay. */
function splitForReclaim(process: SimulatedProcess, vma: Vma, tile: Tile, shared: boolean): boolean {
  if (!vma.anonymous || (tile.huge & ZERO) !== 0 || !process.machine.options.swap || tile.pins !== null)
    return false;
  if (!shared && hasFrame(tile.huge) && process.machine.frames.mappedBy(tile.frame(0)) > 1) return false;
  splitHuge(process, vma, tile);
  return true;
}

function reclaimHugeFile(process: SimulatedProcess, vma: Vma, tile: Tile): number {
  const { object } = vma;
  const pgoff = vma.pgoffOf(tile.base);
  if (object === null || object.mappedBy(pgoff) > 1 || !process.machine.options.swap) return 0;
  splitHuge(process, vma, tile);
  object.setHuge(pgoff, false);
  for (let i = 0; i < PAGES_PER_TILE; i++) object.setCached(pgoff + i, false);
  return PAGES_PER_TILE;
}

function reclaimEntry(
  process: SimulatedProcess,
  vma: Vma,
  tile: Tile,
  index: number,
  shared: boolean,
): boolean {
  const flags = tile.entry(index);
  if ((flags & PRESENT) === 0 || (flags & (ZERO | PINNED)) !== 0) return false;
  const { swap } = process.machine.options;
  if ((flags & FILE) !== 0) return swap && reclaimFilePage(process, vma, tile, index, shared);
  if ((flags & (LAZY_FREE | DIRTY)) === LAZY_FREE) {
    releaseEntry(process, vma, tile, index);
    setEntry(process, tile, index, flags, 0);
    return true;
  }
  if (!swap) return false;
  if (hasFrame(flags)) {
    const frame = tile.frame(index);
    const others = process.machine.frames.mappedBy(frame) > 1;
    if (others && !shared) return false;
    if (others) swapOthers(process, frame);
    process.machine.frames.add(frame, -1, 1);
  }
  setEntry(process, tile, index, flags, swapEntry(flags));
  return true;
}

/** try_to_unmap_one(): what a swap entry keeps of the entry. */
function swapEntry(flags: number): number {
  return SWAP | (flags & (SOFT | EXCLUSIVE | UFFD_WP));
}

/** The other entries that map a page which goes to swap become swap entries too. */
function swapOthers(process: SimulatedProcess, frame: number): void {
  for (const other of process.machine.processes) {
    if (other === process) continue;
    for (
      let tile = other.table.next(0, Infinity);
      tile !== null;
      tile = other.table.next(tile.end, Infinity)
    ) {
      for (let index = 0; index < PAGES_PER_TILE; index++) {
        const flags = tile.entry(index);
        if ((flags & PRESENT) === 0 || !hasFrame(flags) || tile.frame(index) !== frame) continue;
        const vma = other.vmas.lookup(tile.base + index);
        if (vma === null) continue;
        if (tile.huge !== 0) splitHuge(other, vma, tile);
        const entry = tile.entry(index);
        process.machine.frames.add(frame, -1, 1);
        setEntry(other, tile, index, entry, swapEntry(entry));
      }
    }
  }
}

/** A page of shared memory goes to swap itself: its entries become none, and it leaves the cache. */
function reclaimFilePage(
  process: SimulatedProcess,
  vma: Vma,
  tile: Tile,
  index: number,
  shared: boolean,
): boolean {
  const { object } = vma;
  const page = tile.base + index;
  const pgoff = vma.pgoffOf(page);
  if (object === null || object.kind === 'device' || object.isHuge(pgoff)) return false;
  if (!shared && object.mappedBy(pgoff) > 1) return false;
  for (const other of process.machine.processes) {
    for (const one of other.vmas.all()) {
      if (one.object !== object) continue;
      const at = one.start + (pgoff - one.pgoff);
      const where = at >= one.start && at < one.end ? other.table.find(at) : null;
      if (where === null || where.huge !== 0 || (where.entry(at - where.base) & FILE) === 0) continue;
      zapEntries(other, one, where, at, at + 1, 'reclaim');
    }
  }
  object.setCached(pgoff, false);
  return true;
}
