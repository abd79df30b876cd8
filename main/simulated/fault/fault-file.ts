import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { setEntry } from '../mapping/entries.ts';
import { emitFault, type Signal } from './fault-event.ts';
import { hugeFits } from '../mapping/huge.ts';
import type { MemoryObject } from '../mm/memory-object.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { ACCESSED, DIRTY, FILE, PRESENT, SOFT, Tile, WRITABLE, WRITTEN_PAGE } from '../mm/tile.ts';
import { prepareAnonVma } from '../mapping/vma-merge.ts';
import { PROT_WRITABLE, VM_SHARED, VM_UFFD_WP } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/** do_fault(): an access to a page of a file or of shared memory that has no entry yet. */
export function fileFault(
  mm: MmStruct,
  vma: Vma,
  page: number,
  write: boolean,
  before: number,
  protect: number,
): Signal | null {
  const object = vma.object;
  if (object === null || object.kind === 'device') return 'SIGBUS';
  if (before === 0 && !mm.memory.hasRoom(1)) return 'SIGKILL';
  const shared = (vma.flags & VM_SHARED) !== 0;
  if (write && !shared) prepareAnonVma(mm, vma);
  if (!write && before === 0 && faultAround(mm, vma, object, page)) {
    emitFault(mm, page, write, 'file-page');
    return null;
  }
  const pgoff = vma.pgoffOf(page);
  if (pgoff >= object.size) return 'SIGBUS';
  object.setCached(pgoff, true);
  if ((!write || shared) && mapHuge(mm, vma, object, page, write)) return null;
  const tile = mm.table.ensure(page);
  const index = page - tile.base;
  if (write && !shared) setEntry(mm, tile, index, before, WRITTEN_PAGE);
  else {
    const written = WRITABLE | SOFT | DIRTY;
    setEntry(mm, tile, index, before, filePage(vma, protect) | (write ? written : 0));
    object.map(pgoff, 1);
  }
  emitFault(mm, page, write, write && !shared ? 'copy-on-write' : 'file-page');
  return null;
}

/** The entry for a read: writable only if the first write needs no fault. */
function filePage(vma: Vma, protect: number): number {
  const writable = protect === 0 && (vma.prot & PROT_WRITABLE) !== 0 ? WRITABLE : 0;
  return PRESENT | FILE | ACCESSED | writable | protect;
}

/** do_set_pmd(): maps a huge page of the cache as one, if there is no page table and it fits. */
function mapHuge(mm: MmStruct, vma: Vma, object: MemoryObject, page: number, write: boolean): boolean {
  const base = page - (page % PAGES_PER_TILE);
  if (mm.table.find(page) !== null || !object.isHuge(vma.pgoffOf(page)) || !hugeFits(vma, base)) return false;
  if (!mm.memory.hasRoom(PAGES_PER_TILE)) return false;
  mapHugeFile(mm, vma, object, base, write);
  emitFault(mm, page, write, 'huge-page');
  return true;
}

/** Maps the huge page of the cache at `base`, whose PMD entry is none. */
export function mapHugeFile(
  mm: MmStruct,
  vma: Vma,
  object: MemoryObject,
  base: number,
  write: boolean,
): void {
  const flags = filePage(vma, 0) | (write ? WRITABLE | SOFT | DIRTY : 0);
  mm.table.install(new Tile(base, flags), 'huge-mapped');
  mm.memory.populated += PAGES_PER_TILE;
  const pgoff = vma.pgoffOf(base);
  for (let i = 0; i < PAGES_PER_TILE; i++) object.map(pgoff + i, 1);
}

/**
 * do_fault_around() and filemap_map_pages(): maps the cached pages around `page` whose entries are none: a window of
 * fault_around_bytes that begins at its aligned start or at the VMA's, and ends with the page table or the VMA.
 * True if `page` itself was among them.
 */
function faultAround(mm: MmStruct, vma: Vma, object: MemoryObject, page: number): boolean {
  const window = mm.memory.faultAroundPages;
  if (window <= 1 || (vma.flags & VM_UFFD_WP) !== 0) return false;
  const start = Math.max(page - (page % window), vma.start);
  const end = Math.min(start + window, start - (start % PAGES_PER_TILE) + PAGES_PER_TILE, vma.end);
  const entry = filePage(vma, 0);
  for (let at = start; at < end; at++) {
    const pgoff = vma.pgoffOf(at);
    if (pgoff >= object.size || !object.isCached(pgoff)) continue;
    if (mapHuge(mm, vma, object, at, false)) return true;
    const tile = mm.table.ensure(at);
    const index = at - tile.base;
    if (tile.huge !== 0 || tile.entry(index) !== 0 || !mm.memory.hasRoom(1)) continue;
    setEntry(mm, tile, index, 0, entry);
    object.map(pgoff, 1);
  }
  const tile = mm.table.find(page);
  return tile !== null && tile.entry(page - tile.base) !== 0;
}
