import { putEntry } from '../mapping/entries.ts';
import { entryState } from '../mm/entry.ts';
import { EFAULT, ENOMEM } from '../mm/errno.ts';
import { setHuge } from '../mapping/huge.ts';
import { faultIn } from './fault-in.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { PINNED, type Tile } from '../mm/tile.ts';
import { VM_IO, VM_PFNMAP, VM_WRITE } from '../mm/vma-flags.ts';

/**
 * pin_user_pages(FOLL_WRITE | FOLL_LONGTERM): makes every page of [start, end) present and writable and pins it again. Returns the pages, EFAULT or ENOMEM with none of them pinned (those before the bad one were faulted in).
 */
export function pinRange(mm: MmStruct, start: number, end: number): number {
  for (let page = start; page < end; page++) {
    const vma = mm.vmas.lookup(page);
    if (vma === null || (vma.flags & (VM_IO | VM_PFNMAP)) !== 0 || (vma.flags & VM_WRITE) === 0)
      return EFAULT;
    const signal = faultIn(mm, page, true);
    if (signal !== null) return signal === 'SIGKILL' ? ENOMEM : EFAULT;
  }
  for (let tile = mm.table.next(start, end); tile !== null; tile = mm.table.next(tile.end, end)) {
    const from = Math.max(start, tile.base) - tile.base;
    const pages = Math.min(end, tile.end) - tile.base - from;
    changePins(
      mm,
      tile,
      Array.from({ length: pages }, (_, index) => from + index),
      1,
    );
  }
  return end - start;
}

/** unpin_user_pages() of those pages that are pinned where they are now; returns how many. */
export function unpinRange(mm: MmStruct, start: number, end: number): number {
  let pages = 0;
  for (let tile = mm.table.next(start, end); tile !== null; tile = mm.table.next(tile.end, end)) {
    const { base } = tile;
    const indexes = [...(tile.pins?.keys() ?? [])].filter(
      (index) => base + index >= start && base + index < end,
    );
    changePins(mm, tile, indexes, -1);
    pages += indexes.length;
  }
  return pages;
}

function changePins(mm: MmStruct, tile: Tile, indexes: readonly number[], change: number): void {
  if (indexes.length === 0) return;
  if (tile.huge !== 0) {
    pinHuge(mm, tile, indexes, change);
    return;
  }
  for (const index of indexes) {
    const { flags, frame, pins } = entryState(tile, index);
    const count = pins + change;
    putEntry(mm, tile, index, {
      flags: count > 0 ? flags | PINNED : flags & ~PINNED,
      frame,
      pins: count,
    });
  }
}

function pinHuge(mm: MmStruct, tile: Tile, indexes: readonly number[], change: number): void {
  const pins = new Map(tile.pins);
  for (const index of indexes) {
    const count = (pins.get(index) ?? 0) + change;
    if (count > 0) pins.set(index, count);
    else pins.delete(index);
  }
  const flags = pins.size === 0 ? tile.huge & ~PINNED : tile.huge | PINNED;
  setHuge(mm, tile, flags, pins.size === 0 ? null : pins);
}
