import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { hasFrame, setEntry } from './entries.ts';
import { EINVAL } from './errno.ts';
import { splitHuge, splitHugePage } from './huge.ts';
import { soleHuge } from './madvise-free.ts';
import type { SimulatedProcess } from './process.ts';
import { divideHugeFile, reclaimFilePage, reclaimHugeFile } from './reclaim-file.ts';
import {
  ACCESSED,
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
import { releaseEntry } from './zap.ts';

/** MADV_PAGEOUT: pages that nobody else maps go to swap, or back to their file; EINVAL for devices and hugetlb. */
export function pageOut(process: SimulatedProcess, vma: Vma, start: number, end: number): Vma | number {
  if ((vma.flags & (VM_PFNMAP | VM_HUGETLB)) !== 0) return EINVAL;
  reclaimRange(process, vma, start, end, false);
  return vma;
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

/**
 * shrink_page_list() over the pages of [start, end): anonymous ones become swap entries, which keep the soft-dirty bit;
 * clean ones under MADV_FREE are dropped; pages of files lose their entries, soft-dirty bits included, and pages of
 * shared memory their place in the cache. With `shared` also pages that other entries map, here and there alike.
 */
function reclaimRange(
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
    if (tile.huge !== 0) {
      if (!vma.anonymous) {
        if (to - from === PAGES_PER_TILE) gone += reclaimHugeFile(process, vma, tile, shared);
        else if (!shared) divideHugeFile(process, vma, tile);
        continue;
      }
      if (!divideForReclaim(process, vma, tile, to - from === PAGES_PER_TILE, shared)) continue;
    }
    for (let page = from; page < to; page++) {
      if (reclaimEntry(process, vma, tile, page - tile.base, shared)) gone++;
    }
  }
  return gone;
}

/**
 * A huge page goes to swap page by page: false where it stays whole: the huge zero page, one that is shared or pinned,
 * one that has nowhere to go. MADV_PAGEOUT of a part of it divides the page itself.
 */
function divideForReclaim(
  process: SimulatedProcess,
  vma: Vma,
  tile: Tile,
  whole: boolean,
  shared: boolean,
): boolean {
  if ((tile.huge & ZERO) !== 0 || tile.pins !== null) return false;
  const sole = soleHuge(process, tile);
  if (!sole && !shared) return false;
  if (!whole && sole && !shared) {
    splitHugePage(process, vma, tile);
    return true;
  }
  const lazy = tile.huge & (LAZY_FREE | DIRTY);
  if (!process.machine.options.swap && (lazy & LAZY_FREE) === 0) return false;
  splitHuge(process, vma, tile);
  // Written since MADV_FREE: ordinary memory again, and it stays this time.
  return lazy !== (LAZY_FREE | DIRTY);
}

function reclaimEntry(
  process: SimulatedProcess,
  vma: Vma,
  tile: Tile,
  index: number,
  shared: boolean,
): boolean {
  const { frames, options } = process.machine;
  let flags = tile.entry(index);
  if ((flags & PRESENT) === 0 || (flags & ZERO) !== 0) return false;
  const alone = !hasFrame(flags) || frames.mappedBy(tile.frame(index)) === 1;
  if (!shared && (flags & FILE) === 0 && alone && (flags & ACCESSED) !== 0) {
    setEntry(process, tile, index, flags, flags & ~ACCESSED);
    flags &= ~ACCESSED;
  }
  if ((flags & PINNED) !== 0) return false;
  if ((flags & FILE) !== 0) return options.swap && reclaimFilePage(process, vma, tile, index, shared);
  if (!alone && !shared) return false;
  if ((flags & LAZY_FREE) !== 0) {
    // Written since MADV_FREE: ordinary memory again, and it stays this time.
    const written = (flags & DIRTY) !== 0;
    const others = alone ? [] : otherEntries(process, tile.frame(index));
    for (const at of [{ process, vma, tile, index }, ...others]) {
      const entry = at.tile.entry(at.index);
      if (!written) releaseEntry(at.process, at.vma, at.tile, at.index);
      setEntry(at.process, at.tile, at.index, entry, written ? entry & ~LAZY_FREE : 0);
    }
    return !written;
  }
  if (!options.swap) return false;
  if (hasFrame(flags)) {
    const frame = tile.frame(index);
    if (!alone) swapOthers(process, frame);
    frames.add(frame, -1, 1);
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
  for (const { process: other, tile, index } of otherEntries(process, frame)) {
    const entry = tile.entry(index);
    process.machine.frames.add(frame, -1, 1);
    setEntry(other, tile, index, entry, swapEntry(entry));
  }
}

interface EntryAt {
  readonly process: SimulatedProcess;
  readonly vma: Vma;
  readonly tile: Tile;
  readonly index: number;
}

/** Where other processes map the page; huge pages that hold it are split. */
function otherEntries(process: SimulatedProcess, frame: number): EntryAt[] {
  const found: EntryAt[] = [];
  for (const other of process.machine.processes) {
    if (other === process) continue;
    const { table } = other;
    for (let tile = table.next(0, Infinity); tile !== null; tile = table.next(tile.end, Infinity)) {
      if (tile.frameBase === 0 && tile.frames === null) continue;
      for (let index = 0; index < PAGES_PER_TILE; index++) {
        if (!hasFrame(tile.entry(index)) || tile.frame(index) !== frame) continue;
        const vma = other.vmas.lookup(tile.base + index);
        if (vma === null) continue;
        splitHuge(other, vma, tile);
        if ((tile.entry(index) & PRESENT) !== 0) found.push({ process: other, vma, tile, index });
      }
    }
  }
  return found;
}
