import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { hasFrame } from '../mm/entry.ts';
import { emitFault, type Signal } from './fault-event.ts';
import { setHuge, splitHuge } from '../mapping/huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import {
  ACCESSED,
  DIRTY,
  EXCLUSIVE,
  PRESENT,
  SOFT,
  Tile,
  UFFD_WP,
  WRITABLE,
  ZERO,
  WRITTEN_PAGE,
} from '../mm/tile.ts';
import { prepareAnonVma } from '../mapping/vma-merge.ts';
import type { Vma } from '../mm/vma.ts';

/** do_huge_pmd_anonymous_page(): a read maps the huge zero page, a write a huge page, all of it dirty. */
export function hugeAnonFault(
  mm: MmStruct,
  vma: Vma,
  page: number,
  base: number,
  write: boolean,
): Signal | null {
  if (!mm.memory.hasRoom(PAGES_PER_TILE)) return 'SIGKILL';
  prepareAnonVma(mm, vma);
  mm.table.install(new Tile(base, write ? WRITTEN_PAGE : PRESENT | ZERO | ACCESSED), 'huge-mapped');
  mm.memory.populated += PAGES_PER_TILE;
  emitFault(mm, page, write, write ? 'huge-page' : 'huge-zero-page');
  return null;
}

/**
 * do_huge_pmd_wp_page(): a write to a read-only huge page. True if it became writable (and all of it dirty); false
 * if it was split and the write continues with a single page.
 */
export function writeProtectedHuge(mm: MmStruct, vma: Vma, tile: Tile, page: number): boolean {
  const flags = tile.huge;
  if (vma.anonymous && (flags & (ZERO | UFFD_WP)) === 0 && ownHuge(mm, tile)) {
    setHuge(mm, tile, flags | WRITABLE | SOFT | DIRTY | ACCESSED | EXCLUSIVE);
    emitFault(mm, page, true, 'huge-reuse');
    return true;
  }
  splitHuge(mm, vma, tile);
  return false;
}

/** Whether no other entry maps any part of the huge page; if so, its frames are released. */
function ownHuge(mm: MmStruct, tile: Tile): boolean {
  if (!hasFrame(tile.huge)) return true;
  const { frames } = mm.memory;
  for (let i = 0; i < PAGES_PER_TILE; i++) if (frames.users(tile.frame(i)) > 1) return false;
  for (let i = 0; i < PAGES_PER_TILE; i++) frames.add(tile.frame(i), -1, 0);
  return true;
}

/** hugetlb_fault(): always whole pages of 2 MiB; a shared one is copied as a whole. */
export function hugetlbFault(mm: MmStruct, vma: Vma, page: number, write: boolean): Signal | null {
  const tile = mm.table.find(page);
  if (tile === null) {
    if (!mm.memory.hasRoom(PAGES_PER_TILE)) return 'SIGKILL';
    prepareAnonVma(mm, vma);
    const flags = write ? WRITTEN_PAGE : PRESENT | ACCESSED | EXCLUSIVE;
    mm.table.install(new Tile(page - (page % PAGES_PER_TILE), flags), 'huge-mapped');
    mm.memory.populated += PAGES_PER_TILE;
    emitFault(mm, page, write, 'huge-page');
    return null;
  }
  if (!write || (tile.huge & WRITABLE) !== 0) {
    setHuge(mm, tile, tile.huge | ACCESSED | (write ? DIRTY : 0));
    return null;
  }
  const own = ownHuge(mm, tile);
  if (!own) for (let i = 0; i < PAGES_PER_TILE; i++) mm.memory.frames.add(tile.frame(i), -1, 0);
  setHuge(mm, tile, (tile.huge & ~UFFD_WP) | WRITTEN_PAGE);
  emitFault(mm, page, true, own ? 'huge-reuse' : 'copy-on-write');
  return null;
}
