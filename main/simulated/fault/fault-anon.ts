import { hasFrame, putEntry, setEntry } from '../mapping/entries.ts';
import { tellFault, type Signal } from './fault-event.ts';
import type { SimulatedProcess } from '../process.ts';
import {
  ACCESSED,
  DIRTY,
  EXCLUSIVE,
  FILE,
  LAZY_FREE,
  PRESENT,
  SOFT,
  UFFD_WP,
  WRITABLE,
  ZERO,
  type Tile,
} from '../mm/tile.ts';
import { prepareAnonVma } from '../mapping/vma-merge.ts';
import { VM_SHARED_BOTH, VM_UFFD_WP } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/** A page of one's own, just written: pte_mkdirty() of x86 sets soft-dirty too. */
export const WRITTEN_PAGE = PRESENT | WRITABLE | SOFT | DIRTY | ACCESSED | EXCLUSIVE;

/** do_anonymous_page(): the zero page for a read, a page of one's own for a write. */
export function newAnonPage(
  process: SimulatedProcess,
  vma: Vma,
  page: number,
  write: boolean,
  before: number,
  protect: number,
): Signal | null {
  if (before === 0 && !process.machine.hasRoom(1)) return 'SIGKILL';
  const tile = process.table.ensure(page);
  if (write) prepareAnonVma(process, vma);
  setEntry(
    process,
    tile,
    page - tile.base,
    before,
    write ? WRITTEN_PAGE : PRESENT | ZERO | ACCESSED | protect,
  );
  tellFault(process, page, write, write ? 'new-page' : 'zero-page');
  return null;
}

/** do_wp_page(): a write to a present, read-only entry of a writable VMA. */
export function writeProtected(process: SimulatedProcess, vma: Vma, tile: Tile, page: number): void {
  const index = page - tile.base;
  const before = tile.entry(index);
  const written = WRITABLE | SOFT | DIRTY | ACCESSED;
  if ((before & UFFD_WP) !== 0) tellFault(process, page, true, 'uffd-wp-resolved');
  if ((vma.flags & VM_SHARED_BOTH) !== 0) {
    setEntry(process, tile, index, before, (before & ~UFFD_WP) | written);
    tellFault(process, page, true, 'write-notify');
    return;
  }
  if ((before & EXCLUSIVE) !== 0) {
    setEntry(process, tile, index, before, (before & ~UFFD_WP) | written);
    tellFault(process, page, true, 'reuse');
    return;
  }
  prepareAnonVma(process, vma);
  // The last one that maps a page gets the page itself, and with it what MADV_FREE said of it.
  const last = hasFrame(before) && process.machine.frames.users(tile.frame(index)) === 1;
  setEntry(process, tile, index, before, WRITTEN_PAGE | (last ? before & LAZY_FREE : 0));
  if ((before & FILE) !== 0) vma.object?.map(vma.pgoffOf(page), -1);
  else if (hasFrame(before)) process.machine.frames.add(tile.frame(index), -1, 0);
  tellFault(process, page, true, (before & ZERO) !== 0 ? 'new-page' : 'copy-on-write');
}

/** do_swap_page(): brings the page back; its entry is read-only unless the access is a write. */
export function swapIn(
  process: SimulatedProcess,
  vma: Vma,
  tile: Tile,
  page: number,
  write: boolean,
): Signal | null {
  const { frames } = process.machine;
  const index = page - tile.base;
  const before = tile.entry(index);
  let after = PRESENT | ACCESSED | (before & (SOFT | EXCLUSIVE));
  if ((vma.flags & VM_UFFD_WP) !== 0) after |= before & UFFD_WP;
  const shared = hasFrame(before);
  const frame = shared ? tile.frame(index) : 0;
  if (shared && frames.users(frame) === 1) {
    frames.add(frame, 0, -1);
    after |= EXCLUSIVE;
  } else if (shared) frames.add(frame, 1, -1);
  if (write && (after & EXCLUSIVE) !== 0) after = (after & ~UFFD_WP) | WRITTEN_PAGE;
  putEntry(process, tile, index, { flags: after, frame, pins: 0 });
  tellFault(process, page, write, 'swap-in');
  if (write && (after & WRITABLE) === 0) writeProtected(process, vma, tile, page);
  return null;
}
