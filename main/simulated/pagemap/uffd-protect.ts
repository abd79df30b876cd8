import { WORDS_PER_TILE } from '#shared/memory/page.ts';
import { popcount } from '#shared/memory/bitmap.ts';
import { upgradable } from '../mapping/change-protection.ts';
import { stateBefore, emitEntries } from '../mapping/entries.ts';
import { setHuge, splitHuge } from '../mapping/huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import {
  AT_GUARD,
  AT_PRESENT,
  AT_SWAP,
  AT_UFFD_WP,
  AT_WRITABLE,
  UFFD_WP,
  WRITABLE,
  wordMask,
} from '../mm/tile.ts';
import { PROT_WRITABLE, VM_HUGETLB, VM_SHARED, VM_WRITE, wantsWriteNotify } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/**
 * uffd_wp_range(): write-protects every entry of [start, end) and puts a marker into every hole, for which it makes all
 * page tables. Huge pages of files are unmapped first. Guard markers are skipped, except by PAGEMAP_SCAN (`guards`),
 * whose make_uffd_wp_pte() marks them too. False if there is no room.
 */
export function writeProtectRange(
  mm: MmStruct,
  vma: Vma,
  start: number,
  end: number,
  guards = false,
): boolean {
  for (let page = start; page < end;) {
    const known = mm.table.find(page);
    if (known !== null && known.huge !== 0) {
      const whole = known.base >= start && known.end <= end;
      if ((vma.flags & VM_HUGETLB) !== 0 || (whole && vma.anonymous)) {
        setHuge(mm, known, (known.huge | UFFD_WP) & ~WRITABLE);
        page = known.end;
        continue;
      }
      splitHuge(mm, vma, known);
    }
    const tile = mm.table.ensure(page);
    const stop = Math.min(end, tile.end);
    const before = stateBefore(mm, tile);
    for (let word = 0; word < WORDS_PER_TILE; word++) {
      const kept = guards ? 0 : tile.words[AT_GUARD + word];
      const mask = wordMask(word, page - tile.base, stop - tile.base) & ~kept;
      const holes = popcount(mask & ~tile.used(word));
      if (!mm.memory.hasRoom(holes)) return false;
      mm.memory.populated += holes;
      tile.words[AT_UFFD_WP + word] |= mask;
      tile.words[AT_WRITABLE + word] &= ~mask;
    }
    emitEntries(mm, tile, 'protect', before);
    page = stop;
  }
  return true;
}

/** uffd_wp_range() with MM_CP_UFFD_WP_RESOLVE: lifts the protection; removes markers and makes entries writable that need no fault. */
export function resolveRange(mm: MmStruct, vma: Vma, start: number, end: number): void {
  const all = (vma.prot & PROT_WRITABLE) !== 0;
  const upgrade =
    (vma.flags & VM_SHARED) !== 0 ? wantsWriteNotify(vma.flags, vma.prot) : (vma.flags & VM_WRITE) !== 0;
  const { table } = mm;
  for (let tile = table.next(start, end); tile !== null; tile = table.next(tile.end, end)) {
    if (tile.huge !== 0 && (tile.base < start || tile.end > end)) splitHuge(mm, vma, tile);
    if (table.find(tile.base) !== tile) continue;
    if (tile.huge !== 0) {
      setHuge(mm, tile, all ? (tile.huge | WRITABLE) & ~UFFD_WP : tile.huge & ~(UFFD_WP | WRITABLE));
      continue;
    }
    const before = stateBefore(mm, tile);
    const words = tile.words;
    for (let word = 0; word < WORDS_PER_TILE; word++) {
      const mask = wordMask(word, start - tile.base, end - tile.base) & ~words[AT_GUARD + word];
      const present = words[AT_PRESENT + word] & mask;
      const markers = words[AT_UFFD_WP + word] & mask & ~present & ~words[AT_SWAP + word];
      mm.memory.populated -= popcount(markers);
      words[AT_UFFD_WP + word] &= ~mask;
      const writable = all ? present : upgrade ? present & upgradable(vma, tile, word) : 0;
      words[AT_WRITABLE + word] = (words[AT_WRITABLE + word] & ~present) | writable;
    }
    emitEntries(mm, tile, 'protect', before);
  }
}
