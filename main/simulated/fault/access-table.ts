import { popcount } from '#shared/memory/bitmap.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import {
  AT_ACCESSED,
  AT_DIRTY,
  AT_EXCLUSIVE,
  AT_LAZY_FREE,
  AT_PRESENT,
  AT_SOFT,
  AT_UFFD_WP,
  AT_WRITABLE,
  AT_ZERO,
  wordMask,
  type Tile,
} from '../mm/tile.ts';
import { VM_SHARED, VM_WRITE } from '../mm/vma-flags.ts';
import { prepareAnonVma } from '../mapping/vma-merge.ts';
import type { Vma } from '../mm/vma.ts';

/**
 * Accesses pages [start, end) of one page table, 32 at a time, with all the faults that need nothing but the table: what
 * handleFault() does one by one. Returns the first page that needs handleFault(), or `end`.
 */
export function accessTable(
  mm: MmStruct,
  vma: Vma,
  tile: Tile,
  start: number,
  end: number,
  write: boolean,
): number {
  const from = start - tile.base;
  const to = end - tile.base;
  let area = vma;
  for (let word = from >>> 5; word * 32 < to; word++) {
    const mask = wordMask(word, from, to);
    const missing = mask & ~(write ? writable(tile, word, area) : tile.words[AT_PRESENT + word]);
    if (missing === 0) {
      mark(tile, word, mask, write);
      continue;
    }
    const harder = area.object === null ? missing & ~fillable(tile, word, write) : missing;
    // Only pages before the first that needs handleFault(): the order of accesses is visible.
    const easy = harder === 0 ? mask : mask & ((harder & -harder) - 1);
    const made = easy & missing;
    if (made !== 0) {
      const count = popcount(made & ~tile.used(word));
      if (!mm.memory.hasRoom(count)) return start;
      mm.memory.populated += count;
      if (write) area = newPages(mm, area, tile, word, made);
      else zeroPages(tile, word, made);
    }
    mark(tile, word, easy, write);
    if (harder !== 0) return tile.base + word * 32 + 31 - Math.clz32(harder & -harder);
  }
  return end;
}

/** A write to one page, if it changes nothing but bits of its entry; false if it needs handleFault(). */
export function writePage(mm: MmStruct, page: number): boolean {
  const tile = mm.table.find(page);
  if (tile === null || tile.huge !== 0) return false;
  const { words } = tile;
  const index = page - tile.base;
  const word = index >>> 5;
  const bit = 1 << (index & 31);
  if ((words[AT_WRITABLE + word] & bit) === 0) {
    const vma = mm.vmas.lookup(page);
    if (vma === null || (vma.flags & VM_WRITE) === 0) return false;
    if ((writable(tile, word, vma) & bit) === 0) {
      const hole = (tile.used(word) & bit) === 0 && vma.object === null && vma.anonVma !== null;
      if (!hole || !mm.memory.hasRoom(1)) return false;
      mm.memory.populated++;
      words[AT_PRESENT + word] |= bit;
      words[AT_EXCLUSIVE + word] |= bit;
    }
    words[AT_WRITABLE + word] |= bit;
    words[AT_SOFT + word] |= bit;
  }
  words[AT_ACCESSED + word] |= bit;
  words[AT_DIRTY + word] |= bit;
  return true;
}

/** Entries that a write needs no new page for: writable ones, exclusive pages, all pages of shared memory. */
function writable(tile: Tile, word: number, vma: Vma): number {
  const words = tile.words;
  const own = (vma.flags & VM_SHARED) !== 0 ? -1 : words[AT_EXCLUSIVE + word];
  return words[AT_WRITABLE + word] | (words[AT_PRESENT + word] & own & ~words[AT_UFFD_WP + word]);
}

/** Entries of private anonymous memory that a read gives the zero page, and a write a new page or a copy. */
function fillable(tile: Tile, word: number, write: boolean): number {
  const holes = ~tile.used(word);
  return write ? holes | (tile.words[AT_PRESENT + word] & ~tile.words[AT_UFFD_WP + word]) : holes;
}

/** Sets D and A as the processor does; for writes that fault, R/W and soft-dirty too. */
function mark(tile: Tile, word: number, pages: number, write: boolean): void {
  const words = tile.words;
  words[AT_ACCESSED + word] |= pages;
  if (!write) return;
  words[AT_DIRTY + word] |= pages;
  const faulted = pages & ~words[AT_WRITABLE + word];
  if (faulted === 0) return;
  words[AT_WRITABLE + word] |= faulted;
  words[AT_SOFT + word] |= faulted;
}

/** A new exclusive page for each: in a hole, instead of the zero page, or as a copy of a page that a fork shares. */
function newPages(mm: MmStruct, vma: Vma, tile: Tile, word: number, pages: number): Vma {
  const words = tile.words;
  const shared = pages & words[AT_PRESENT + word] & ~words[AT_ZERO + word];
  if (shared !== 0) {
    // The last user of a page keeps it, with its mark of MADV_FREE.
    words[AT_LAZY_FREE + word] &= ~mm.memory.frames.addWord(tile, word, shared, -1);
  }
  words[AT_PRESENT + word] |= pages;
  words[AT_EXCLUSIVE + word] |= pages;
  words[AT_ZERO + word] &= ~pages;
  return prepareAnonVma(mm, vma);
}

function zeroPages(tile: Tile, word: number, pages: number): void {
  tile.words[AT_PRESENT + word] |= pages;
  tile.words[AT_ZERO + word] |= pages;
}
