import { popcount } from '#shared/memory/bitmap.ts';
import type { SimulatedProcess } from './process.ts';
import {
  AT_ACCESSED,
  AT_DIRTY,
  AT_EXCLUSIVE,
  AT_PRESENT,
  AT_SOFT,
  AT_UFFD_WP,
  AT_WRITABLE,
  AT_ZERO,
  wordMask,
  type Tile,
} from './tile.ts';
import { VM_SHARED } from './vm-flags.ts';
import { prepareAnonVma } from './vma-merge.ts';
import type { Vma } from './vma.ts';

/**
 * Accesses pages [start, end) of one page table, 32 at a time, with all the faults that need nothing but the table: what
 * handleFault() does one by one. Returns the first page that needs more, or `end`.
 */
export function accessTable(
  process: SimulatedProcess,
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
    const harder = write
      ? mask & ~writable(tile, word, area) & ~fillable(tile, word, area)
      : mask & ~tile.words[AT_PRESENT + word] & ~fillable(tile, word, area);
    // Only what comes before the first page that needs more: the order of accesses can be seen.
    const easy = harder === 0 ? mask : mask & ((harder & -harder) - 1);
    const holes = easy & ~tile.used(word);
    if (holes !== 0) {
      const count = popcount(holes);
      if (!process.machine.hasRoom(count)) return start;
      process.machine.populated += count;
    }
    if (write) {
      const made = easy & (holes | tile.words[AT_ZERO + word]);
      if (made !== 0 && area.anonVma === null) area = prepareAnonVma(process, area);
      writeWord(tile, word, easy, made);
    } else readWord(tile, word, easy, holes);
    if (harder !== 0) return tile.base + word * 32 + 31 - Math.clz32(harder & -harder);
  }
  return end;
}

/** Entries that a write needs no new page for: writable ones, one's own pages, all pages of shared memory. */
function writable(tile: Tile, word: number, vma: Vma): number {
  const words = tile.words;
  const own = (vma.flags & VM_SHARED) !== 0 ? -1 : words[AT_EXCLUSIVE + word];
  return words[AT_WRITABLE + word] | (words[AT_PRESENT + word] & own & ~words[AT_UFFD_WP + word]);
}

/** Entries of private anonymous memory that a write gives a new page, and a read of a hole the zero page. */
function fillable(tile: Tile, word: number, vma: Vma): number {
  if (vma.object !== null) return 0;
  const words = tile.words;
  return ~tile.used(word) | (words[AT_ZERO + word] & words[AT_PRESENT + word] & ~words[AT_UFFD_WP + word]);
}

/** What is writable already gets D and A; the rest R/W and soft-dirty too; new pages are present and one's own. */
function writeWord(tile: Tile, word: number, easy: number, made: number): void {
  const words = tile.words;
  const faulted = easy & ~words[AT_WRITABLE + word];
  words[AT_ACCESSED + word] |= easy;
  words[AT_DIRTY + word] |= easy;
  if (faulted === 0) return;
  words[AT_WRITABLE + word] |= faulted;
  words[AT_SOFT + word] |= faulted;
  if (made === 0) return;
  words[AT_PRESENT + word] |= made;
  words[AT_EXCLUSIVE + word] |= made;
  words[AT_ZERO + word] &= ~made;
}

function readWord(tile: Tile, word: number, easy: number, holes: number): void {
  const words = tile.words;
  words[AT_ACCESSED + word] |= easy;
  words[AT_PRESENT + word] |= holes;
  words[AT_ZERO + word] |= holes;
}
