import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { hasFrame } from '../mapping/entries.ts';
import { WRITTEN_PAGE } from './fault-anon.ts';
import { tellFault, type Signal } from './fault-event.ts';
import { setHuge, splitHuge } from '../mapping/huge.ts';
import type { SimulatedProcess } from '../process.ts';
import { ACCESSED, DIRTY, EXCLUSIVE, PRESENT, SOFT, Tile, UFFD_WP, WRITABLE, ZERO } from '../mm/tile.ts';
import { prepareAnonVma } from '../mapping/vma-merge.ts';
import type { Vma } from '../mm/vma.ts';

/** do_huge_pmd_anonymous_page(): a read maps the huge zero page, a write a huge page, all of it dirty. */
export function hugeAnonFault(
  process: SimulatedProcess,
  vma: Vma,
  page: number,
  base: number,
  write: boolean,
): Signal | null {
  if (!process.machine.hasRoom(PAGES_PER_TILE)) return 'SIGKILL';
  prepareAnonVma(process, vma);
  process.table.install(new Tile(base, write ? WRITTEN_PAGE : PRESENT | ZERO | ACCESSED), 'huge-mapped');
  process.machine.populated += PAGES_PER_TILE;
  tellFault(process, page, write, write ? 'huge-page' : 'huge-zero-page');
  return null;
}

/**
 * do_huge_pmd_wp_page(): a write to a read-only huge page. True where it became writable (and all of it dirty); false
 * where it was split and the write goes on with a single page.
 */
export function writeProtectedHuge(process: SimulatedProcess, vma: Vma, tile: Tile, page: number): boolean {
  const flags = tile.huge;
  if (vma.anonymous && (flags & (ZERO | UFFD_WP)) === 0 && ownHuge(process, tile)) {
    setHuge(process, tile, flags | WRITABLE | SOFT | DIRTY | ACCESSED | EXCLUSIVE);
    tellFault(process, page, true, 'huge-reuse');
    return true;
  }
  splitHuge(process, vma, tile);
  return false;
}

/** Whether nobody else maps any part of the huge page; then its frames are given up. */
function ownHuge(process: SimulatedProcess, tile: Tile): boolean {
  if (!hasFrame(tile.huge)) return true;
  const { frames } = process.machine;
  for (let i = 0; i < PAGES_PER_TILE; i++) if (frames.users(tile.frame(i)) > 1) return false;
  for (let i = 0; i < PAGES_PER_TILE; i++) frames.add(tile.frame(i), -1, 0);
  return true;
}

/** hugetlb_fault(): always whole pages of 2 MiB; a shared one is copied as a whole. */
export function hugetlbFault(
  process: SimulatedProcess,
  vma: Vma,
  page: number,
  write: boolean,
): Signal | null {
  const tile = process.table.find(page);
  if (tile === null) {
    if (!process.machine.hasRoom(PAGES_PER_TILE)) return 'SIGKILL';
    prepareAnonVma(process, vma);
    const flags = write ? WRITTEN_PAGE : PRESENT | ACCESSED | EXCLUSIVE;
    process.table.install(new Tile(page - (page % PAGES_PER_TILE), flags), 'huge-mapped');
    process.machine.populated += PAGES_PER_TILE;
    tellFault(process, page, write, 'huge-page');
    return null;
  }
  if (!write || (tile.huge & WRITABLE) !== 0) {
    setHuge(process, tile, tile.huge | ACCESSED | (write ? DIRTY : 0));
    return null;
  }
  const own = ownHuge(process, tile);
  if (!own) for (let i = 0; i < PAGES_PER_TILE; i++) process.machine.frames.add(tile.frame(i), -1, 0);
  setHuge(process, tile, (tile.huge & ~UFFD_WP) | WRITTEN_PAGE);
  tellFault(process, page, true, own ? 'huge-reuse' : 'copy-on-write');
  return null;
}
