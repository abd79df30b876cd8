import { mapCount } from '../mapping/map-count.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { FILE, GUARD, PRESENT, SOFT, UFFD_WP, ZERO, type Tile } from '../mm/tile.ts';
import { VM_PFNMAP, VM_SOFTDIRTY } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/** Bits of a pagemap entry, as this program keeps them. */
export const PM_PRESENT = 1;
export const PM_SOFT_DIRTY = 2;
export const PM_SWAP = 4;
/** Page of a file or of shared memory; the huge zero page too. */
export const PM_FILE = 8;
/** Mapped by this entry alone. */
export const PM_MMAP_EXCLUSIVE = 16;
export const PM_UFFD_WP = 32;
export const PM_GUARD_REGION = 64;

export interface PagemapRun {
  readonly start: number;
  readonly end: number;
  /** PM_*; 0 if nothing is mapped. */
  readonly bits: number;
}

/**
 * /proc/PID/pagemap of pages [start, end) as runs of equal entries, ascending and without gaps (pagemap_read()).
 * Holes of any size are one run.
 */
export function pagemap(mm: MmStruct, start: number, end: number): PagemapRun[] {
  const runs: { start: number; end: number; bits: number }[] = [];
  const add = (from: number, to: number, bits: number): void => {
    if (from >= to) return;
    const last = runs.at(-1);
    if (last !== undefined && last.bits === bits) last.end = to;
    else runs.push({ start: from, end: to, bits });
  };
  let page = start;
  for (let at = mm.vmas.indexAfter(start); ; at++) {
    const vma = mm.vmas.at(at);
    if (vma === undefined || vma.start >= end) break;
    add(page, vma.start, 0);
    page = Math.max(page, vma.start);
    const stop = Math.min(end, vma.end);
    vmaEntries(mm, vma, page, stop, add);
    page = stop;
  }
  add(page, end, 0);
  return runs;
}

function vmaEntries(
  mm: MmStruct,
  vma: Vma,
  start: number,
  end: number,
  add: (from: number, to: number, bits: number) => void,
): void {
  const fresh = (vma.flags & VM_SOFTDIRTY) !== 0 ? PM_SOFT_DIRTY : 0;
  if ((vma.flags & VM_PFNMAP) !== 0) {
    add(start, end, fresh);
    return;
  }
  for (let page = start; page < end;) {
    const tile = mm.table.next(page, end);
    const from = tile === null ? end : Math.max(page, tile.base);
    add(page, from, fresh);
    if (tile === null) return;
    const stop = Math.min(end, tile.end);
    if (tile.huge !== 0) add(from, stop, hugeBits(mm, vma, tile) | fresh);
    else for (let at = from; at < stop; at++) add(at, at + 1, entryBits(mm, vma, tile, at) | fresh);
    page = stop;
  }
}

/** pte_to_pagemap_entry(), VM_SOFTDIRTY aside. */
function entryBits(mm: MmStruct, vma: Vma, tile: Tile, page: number): number {
  const flags = tile.entry(page - tile.base);
  let bits = (flags & SOFT) !== 0 ? PM_SOFT_DIRTY : 0;
  if ((flags & UFFD_WP) !== 0) bits |= PM_UFFD_WP;
  if ((flags & PRESENT) === 0) {
    if ((flags & GUARD) !== 0) bits |= PM_GUARD_REGION;
    return flags === 0 ? 0 : bits | PM_SWAP;
  }
  bits |= PM_PRESENT;
  if ((flags & ZERO) !== 0) return bits;
  if ((flags & FILE) !== 0) bits |= PM_FILE;
  return mapCount(mm, vma, tile, page, flags) === 1 ? bits | PM_MMAP_EXCLUSIVE : bits;
}

/** pagemap_pmd_range(): the huge zero page has a struct page, and so counts as a file's. */
function hugeBits(mm: MmStruct, vma: Vma, tile: Tile): number {
  const flags = tile.huge;
  let bits = PM_PRESENT;
  if ((flags & SOFT) !== 0) bits |= PM_SOFT_DIRTY;
  if ((flags & UFFD_WP) !== 0) bits |= PM_UFFD_WP;
  if ((flags & (ZERO | FILE)) !== 0) bits |= PM_FILE;
  if ((flags & ZERO) !== 0) return bits;
  return mapCount(mm, vma, tile, tile.base, flags) === 1 ? bits | PM_MMAP_EXCLUSIVE : bits;
}
