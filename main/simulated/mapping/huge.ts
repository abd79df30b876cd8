import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { hasFrame } from '../mm/entry.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import {
  ACCESSED,
  DIRTY,
  EXCLUSIVE,
  LAZY_FREE,
  FILE,
  PINNED,
  PLANES,
  pmdState,
  PRESENT,
  SOFT,
  UFFD_WP,
  WRITABLE,
  ZERO,
  type Tile,
} from '../mm/tile.ts';
import { VM_HUGEPAGE, VM_HUGETLB, VM_NOHUGEPAGE, VM_SPECIAL, VM_WRITE } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/** transhuge_vma_suitable(): whether the aligned 2 MiB at `base` are entirely in the VMA, and its file offset fits. */
export function hugeFits(vma: Vma, base: number): boolean {
  if (!vma.anonymous && (vma.start - vma.pgoff) % PAGES_PER_TILE !== 0) return false;
  return base >= vma.start && base + PAGES_PER_TILE <= vma.end;
}

/** hugepage_vma_check() for a fault: whether faults of this VMA may make huge pages. */
export function hugeFaults(mm: MmStruct, vma: Vma): boolean {
  const { thp } = mm.memory.options;
  if (thp === 'never' || !vma.anonymous) return false;
  if ((vma.flags & (VM_NOHUGEPAGE | VM_SPECIAL | VM_HUGETLB)) !== 0) return false;
  return thp === 'always' || (vma.flags & VM_HUGEPAGE) !== 0;
}

/** Changes the flags and the pins of a huge page's entry. */
export function setHuge(mm: MmStruct, tile: Tile, flags: number, pins = tile.pins): void {
  const before = mm.events.active ? pmdState(tile) : null;
  tile.huge = flags;
  tile.pins = pins;
  if (before === null) return;
  const after = pmdState(tile);
  mm.events.emit({
    type: 'pmd',
    process: mm.id,
    page: tile.base,
    change: 'huge-changed',
    before,
    after,
  });
}

/** Whether this is an anonymous huge page that no other entry maps. */
export function soleHuge(mm: MmStruct, tile: Tile): boolean {
  if ((tile.huge & (ZERO | FILE)) !== 0) return false;
  if (!hasFrame(tile.huge)) return true;
  for (let index = 0; index < PAGES_PER_TILE; index++) {
    if (mm.memory.frames.mappedBy(tile.frame(index)) > 1) return false;
  }
  return true;
}

/** Uncounts what a huge page maps, before its entry goes. */
function releaseHuge(mm: MmStruct, vma: Vma, tile: Tile): void {
  mm.memory.populated -= PAGES_PER_TILE;
  const flags = tile.huge;
  if ((flags & FILE) !== 0) {
    const pgoff = vma.pgoffOf(tile.base);
    for (let i = 0; i < PAGES_PER_TILE; i++) vma.object?.map(pgoff + i, -1);
  } else if (hasFrame(flags)) {
    for (let i = 0; i < PAGES_PER_TILE; i++) mm.memory.frames.add(tile.frame(i), -1, 0);
  }
}

/** Unmaps a whole huge page; no page table is left (zap_huge_pmd()). */
export function zapHuge(mm: MmStruct, vma: Vma, tile: Tile): void {
  releaseHuge(mm, vma, tile);
  mm.table.remove(tile, 'huge-zapped');
}

/**
 * __split_huge_pmd(): 512 entries instead of one. They inherit soft-dirty, write and exclusive, not the hardware's D
 * bit; of the huge zero page nothing. One that was written since MADV_FREE is ordinary memory from now on.
 * A huge page of a file is not split but unmapped, with all its soft-dirty bits.
 */
export function splitHuge(mm: MmStruct, vma: Vma, tile: Tile): void {
  const flags = tile.huge;
  if (flags === 0) return;
  if (!vma.anonymous) zapHuge(mm, vma, tile);
  else if ((flags & ZERO) !== 0) divide(mm, tile, PRESENT | ZERO | ACCESSED | (flags & UFFD_WP));
  else {
    const lazy = (flags & DIRTY) === 0 ? LAZY_FREE : 0;
    divide(mm, tile, flags & (PRESENT | SOFT | ACCESSED | EXCLUSIVE | UFFD_WP | lazy | writable(vma)));
  }
}

/** Splits the huge page of `vma` that `page` lies inside, so that a VMA may end there. */
export function splitHugeAt(mm: MmStruct, vma: Vma, page: number): void {
  const tile = mm.table.find(page);
  if (tile !== null && tile.huge !== 0 && tile.base !== page) splitHuge(mm, vma, tile);
}

/**
 * split_huge_page(): the page itself is divided, not only its mapping. Its entries pass through migration entries, which
 * bring the D bit back, and on x86 soft-dirty with it. For MADV_FREE, MADV_PAGEOUT and reclaim; anonymous pages only.
 */
export function splitHugePage(mm: MmStruct, vma: Vma, tile: Tile): void {
  const dirty = (tile.huge & DIRTY) !== 0 ? DIRTY | SOFT : 0;
  const kept = tile.huge & (PRESENT | SOFT | ACCESSED | EXCLUSIVE | UFFD_WP | LAZY_FREE | writable(vma));
  divide(mm, tile, kept | dirty);
}

function writable(vma: Vma): number {
  return (vma.flags & VM_WRITE) !== 0 ? WRITABLE : 0;
}

/** Replaces the huge page by a page table of 512 entries `entry`. */
function divide(mm: MmStruct, tile: Tile, entry: number): void {
  const before = mm.events.active ? pmdState(tile) : null;
  const { frameBase, frames, pins } = tile;
  tile.reset(0);
  fillTile(tile, entry);
  tile.frameBase = frameBase;
  tile.frames = frames;
  tile.pins = pins;
  for (const index of pins?.keys() ?? []) tile.change(index, entry, entry | PINNED);
  if (before === null) return;
  const after = pmdState(tile);
  mm.events.emit({
    type: 'pmd',
    process: mm.id,
    page: tile.base,
    change: 'huge-split',
    before,
    after,
  });
}

/** Gives all 512 entries of an empty table the same flags. */
function fillTile(tile: Tile, entry: number): void {
  for (let plane = 0; plane < PLANES; plane++) {
    if ((entry & (1 << plane)) !== 0) tile.words.fill(0xffffffff, plane * 16, plane * 16 + 16);
  }
}
