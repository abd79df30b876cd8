import { popcount } from '#shared/memory/bitmap.ts';
import { WORDS_PER_TILE } from '#shared/memory/page.ts';
import { stateBefore, emitEntries } from './entries.ts';
import { hasFrame } from '../mm/entry.ts';
import type { EntriesChange } from '../mm/entry.ts';
import { splitHuge, zapHuge } from './huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import {
  AT_EXCLUSIVE,
  AT_FILE,
  AT_GUARD,
  AT_PINNED,
  AT_PRESENT,
  AT_SWAP,
  AT_UFFD_WP,
  AT_ZERO,
  PRESENT,
  TILE_WORDS,
  wordMask,
  type Tile,
} from '../mm/tile.ts';
import type { Vma } from '../mm/vma.ts';

/**
 * What happens to markers. `drop`: removed too (munmap, truncate). `keep`: guards stay, and the pages of a file's VMA,
 * private copies too, leave a userfaultfd marker where they were write-protected (MADV_DONTNEED, reclaim).
 */
export type Markers = 'drop' | 'keep';

/**
 * zap_page_range(): every entry of [start, end), which is in `vma`, becomes none; page tables stay. A huge page that
 * is entirely in the range is unmapped as one, another is split first. Cost is proportional to the tables that exist.
 */
export function zapRange(
  mm: MmStruct,
  vma: Vma,
  start: number,
  end: number,
  markers: Markers = 'drop',
): void {
  for (let tile = mm.table.next(start, end); tile !== null; tile = mm.table.next(tile.end, end)) {
    if (tile.huge !== 0) {
      if (tile.base >= start && tile.end <= end) {
        zapHuge(mm, vma, tile);
        continue;
      }
      splitHuge(mm, vma, tile);
      if (!vma.anonymous) continue;
    }
    zapEntries(mm, vma, tile, Math.max(start, tile.base), Math.min(end, tile.end), 'zap', markers);
  }
}

/** Clears the entries of pages [start, end) of one page table. */
export function zapEntries(
  mm: MmStruct,
  vma: Vma,
  tile: Tile,
  start: number,
  end: number,
  change: EntriesChange,
  markers: Markers = 'drop',
): void {
  const before = stateBefore(mm, tile);
  const words = tile.words;
  for (let word = 0; word < WORDS_PER_TILE; word++) {
    const mask = wordMask(word, start - tile.base, end - tile.base);
    let used = tile.used(word) & mask;
    let marked = 0;
    if (markers === 'keep') {
      used &= ~words[AT_GUARD + word];
      if (!vma.anonymous) marked = used & words[AT_UFFD_WP + word];
    }
    if (used === 0) continue;
    mm.memory.populated -= popcount(used & ~marked);
    release(mm, vma, tile, word, used);
    for (let at = word; at < TILE_WORDS; at += WORDS_PER_TILE) words[at] &= ~used;
    words[AT_UFFD_WP + word] |= marked;
  }
  emitEntries(mm, tile, change, before);
}

/** Uncounts the pages behind the entries `used` of a word: file pages, pages that a fork shares, pins. */
function release(mm: MmStruct, vma: Vma, tile: Tile, word: number, used: number): void {
  const words = tile.words;
  const backed = words[AT_PRESENT + word] | words[AT_SWAP + word];
  const plain = words[AT_EXCLUSIVE + word] | words[AT_ZERO + word];
  const counted = (used & backed & ~plain) | (used & words[AT_FILE + word]);
  for (let rest = counted; rest !== 0; rest &= rest - 1) {
    releaseEntry(mm, vma, tile, word * 32 + 31 - Math.clz32(rest & -rest));
  }
  for (let rest = used & words[AT_PINNED + word]; rest !== 0; rest &= rest - 1) {
    tile.pins?.delete(word * 32 + 31 - Math.clz32(rest & -rest));
  }
}

/** Uncounts the page that one entry maps. */
export function releaseEntry(mm: MmStruct, vma: Vma, tile: Tile, index: number): void {
  const word = index >>> 5;
  const bit = 1 << (index & 31);
  if ((tile.words[AT_FILE + word] & bit) !== 0) vma.object?.map(vma.pgoffOf(tile.base + index), -1);
  else {
    const flags = tile.entry(index);
    if (!hasFrame(flags)) return;
    if ((flags & PRESENT) !== 0) mm.memory.frames.add(tile.frame(index), -1, 0);
    else mm.memory.frames.add(tile.frame(index), 0, -1);
  }
}
