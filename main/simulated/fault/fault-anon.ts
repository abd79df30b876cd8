import { putEntry, setEntry } from '../mapping/entries.ts';
import { hasFrame } from '../mm/entry.ts';
import { emitFault, type Signal } from './fault-event.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
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
  WRITTEN_PAGE,
  ZERO,
  type Tile,
} from '../mm/tile.ts';
import { prepareAnonVma } from '../mapping/vma-merge.ts';
import { VM_SHARED_BOTH, VM_UFFD_WP } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/** do_anonymous_page(): the zero page for a read, an exclusive page for a write. */
export function newAnonPage(
  mm: MmStruct,
  vma: Vma,
  page: number,
  write: boolean,
  before: number,
  protect: number,
): Signal | null {
  if (before === 0 && !mm.memory.hasRoom(1)) return 'SIGKILL';
  const tile = mm.table.ensure(page);
  if (write) prepareAnonVma(mm, vma);
  setEntry(mm, tile, page - tile.base, before, write ? WRITTEN_PAGE : PRESENT | ZERO | ACCESSED | protect);
  emitFault(mm, page, write, write ? 'new-page' : 'zero-page');
  return null;
}

/** do_wp_page(): a write to a present, read-only entry of a writable VMA. */
export function writeProtected(mm: MmStruct, vma: Vma, tile: Tile, page: number): void {
  const index = page - tile.base;
  const before = tile.entry(index);
  const written = WRITABLE | SOFT | DIRTY | ACCESSED;
  if ((before & UFFD_WP) !== 0) emitFault(mm, page, true, 'uffd-wp-resolved');
  if ((vma.flags & VM_SHARED_BOTH) !== 0) {
    setEntry(mm, tile, index, before, (before & ~UFFD_WP) | written);
    emitFault(mm, page, true, 'write-notify');
    return;
  }
  if ((before & EXCLUSIVE) !== 0) {
    setEntry(mm, tile, index, before, (before & ~UFFD_WP) | written);
    emitFault(mm, page, true, 'reuse');
    return;
  }
  prepareAnonVma(mm, vma);
  // The last user of a page keeps it, with its mark of MADV_FREE.
  const last = hasFrame(before) && mm.memory.frames.users(tile.frame(index)) === 1;
  setEntry(mm, tile, index, before, WRITTEN_PAGE | (last ? before & LAZY_FREE : 0));
  if ((before & FILE) !== 0) vma.object?.map(vma.pgoffOf(page), -1);
  else if (hasFrame(before)) mm.memory.frames.add(tile.frame(index), -1, 0);
  emitFault(mm, page, true, (before & ZERO) !== 0 ? 'new-page' : last ? 'reuse' : 'copy-on-write');
}

/** do_swap_page(): brings the page back; its entry is read-only unless the access is a write. */
export function swapIn(mm: MmStruct, vma: Vma, tile: Tile, page: number, write: boolean): Signal | null {
  const { frames } = mm.memory;
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
  putEntry(mm, tile, index, { flags: after, frame, pins: 0 });
  emitFault(mm, page, write, 'swap-in');
  if (write && (after & WRITABLE) === 0) writeProtected(mm, vma, tile, page);
  return null;
}
