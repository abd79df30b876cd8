import { WORDS_PER_TILE } from '#shared/memory/page.ts';
import { stateBefore, emitEntries } from './entries.ts';
import { setHuge, splitHuge } from './huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import {
  AT_DIRTY,
  AT_EXCLUSIVE,
  AT_FILE,
  AT_PRESENT,
  AT_SOFT,
  AT_UFFD_WP,
  AT_WRITABLE,
  AT_ZERO,
  WRITABLE,
  wordMask,
  type Tile,
} from '../mm/tile.ts';
import { PROT_WRITABLE, VM_SHARED, VM_SOFTDIRTY, VM_UFFD_WP } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/**
 * change_protection(): gives the present entries of [start, end) the write right of vma.prot. With `tryWritable`
 * entries whose next write needs no fault get it too (can_change_pte_writable()); huge pages never do.
 */
export function changeProtection(
  mm: MmStruct,
  vma: Vma,
  start: number,
  end: number,
  tryWritable: boolean,
): void {
  const all = (vma.prot & PROT_WRITABLE) !== 0;
  for (let tile = mm.table.next(start, end); tile !== null; tile = mm.table.next(tile.end, end)) {
    if (tile.huge !== 0 && (tile.base < start || tile.end > end)) splitHuge(mm, vma, tile);
    if (mm.table.find(tile.base) !== tile) continue;
    if (tile.huge !== 0) {
      const flags = all ? tile.huge | WRITABLE : tile.huge & ~WRITABLE;
      if (flags !== tile.huge) setHuge(mm, tile, flags);
      continue;
    }
    const before = stateBefore(mm, tile);
    for (let word = 0; word < WORDS_PER_TILE; word++) {
      const present = tile.words[AT_PRESENT + word] & wordMask(word, start - tile.base, end - tile.base);
      if (present === 0) continue;
      const writable = all ? present : tryWritable ? present & upgradable(vma, tile, word) : 0;
      tile.words[AT_WRITABLE + word] = (tile.words[AT_WRITABLE + word] & ~present) | writable;
    }
    emitEntries(mm, tile, 'protect', before);
  }
}

/** can_change_pte_writable() for the 32 entries of a word. */
export function upgradable(vma: Vma, tile: Tile, word: number): number {
  const words = tile.words;
  let able = words[AT_DIRTY + word];
  if ((vma.flags & VM_SOFTDIRTY) === 0) able &= words[AT_SOFT + word];
  if ((vma.flags & VM_UFFD_WP) !== 0) able &= ~words[AT_UFFD_WP + word];
  if ((vma.flags & VM_SHARED) !== 0) return able;
  return able & words[AT_EXCLUSIVE + word] & ~words[AT_FILE + word] & ~words[AT_ZERO + word];
}
