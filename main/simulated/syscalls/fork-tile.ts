import { popcount } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { stateBefore, emitEntries } from '../mapping/entries.ts';
import { hasFrame } from '../mm/entry.ts';
import { setHuge, splitHuge } from '../mapping/huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import {
  ACCESSED,
  AT_ACCESSED,
  AT_EXCLUSIVE,
  AT_FILE,
  AT_PINNED,
  AT_PRESENT,
  AT_SWAP,
  AT_UFFD_WP,
  AT_WRITABLE,
  AT_ZERO,
  DIRTY,
  EXCLUSIVE,
  FILE,
  GUARD,
  PINNED,
  PRESENT,
  Tile,
  TILE_WORDS,
  UFFD_WP,
  WRITABLE,
  wordMask,
  ZERO,
  WRITTEN_PAGE,
} from '../mm/tile.ts';
import { VM_SHARED, VM_WRITE } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/** copy_pmd_range() for one PMD entry: copies the part of the parent's tile that is in `vma` to the child. */
export function copyTile(parent: MmStruct, child: MmStruct, vma: Vma, tile: Tile): void {
  if (tile.huge !== 0) {
    if (!vma.anonymous) return;
    if (tile.pins === null) {
      copyHuge(parent, child, tile);
      return;
    }
    // A pinned huge page cannot be shared: it is split, and its pages are copied.
    splitHuge(parent, vma, tile);
  }
  const copy = child.table.ensure(tile.base);
  const before = stateBefore(parent, tile);
  const beforeCopy = stateBefore(child, copy);
  const from = Math.max(vma.start, tile.base) - tile.base;
  const to = Math.min(vma.end, tile.end) - tile.base;
  shareFrames(parent, tile, from, to);
  // The same pages at the same places.
  copy.frameBase = tile.frameBase;
  copy.frames = tile.frames?.slice() ?? null;
  for (let word = 0; word < WORDS_PER_TILE; word++) {
    const used = tile.used(word) & wordMask(word, from, to);
    if (used === 0) continue;
    child.memory.populated += popcount(used);
    const plain = used & plainPages(vma, tile, word);
    copyPages(parent, tile, copy, word, plain);
    for (let rest = used & ~plain; rest !== 0; rest &= rest - 1) {
      copyEntry(parent, vma, tile, copy, word * 32 + 31 - Math.clz32(rest & -rest));
    }
  }
  emitEntries(parent, tile, 'fork', before);
  emitEntries(child, copy, 'fork', beforeCopy);
}

/** copy_huge_pmd(). */
function copyHuge(parent: MmStruct, child: MmStruct, tile: Tile): void {
  const { frames } = parent.memory;
  let flags = tile.huge;
  const copy = new Tile(tile.base, 1);
  if ((flags & ZERO) === 0) {
    if ((flags & EXCLUSIVE) !== 0) {
      // Frames are numbered before the event is built, so that it has them.
      tile.frameBase = frames.allocateBlock();
      tile.frames = null;
      for (let i = 0; i < PAGES_PER_TILE; i++) frames.add(tile.frameBase + i, 2, 0);
    } else for (let i = 0; i < PAGES_PER_TILE; i++) frames.add(tile.frame(i), 1, 0);
    copy.frameBase = tile.frameBase;
    copy.frames = tile.frames;
  }
  flags &= ~(WRITABLE | EXCLUSIVE);
  if (flags !== tile.huge) setHuge(parent, tile, flags);
  copy.huge = flags & ~(ACCESSED | UFFD_WP);
  child.table.install(copy, 'huge-mapped');
  child.memory.populated += PAGES_PER_TILE;
}

/** Numbers the exclusive pages [from, to) of the tile: they are about to be shared. */
function shareFrames(mm: MmStruct, tile: Tile, from: number, to: number): void {
  const { frames } = mm.memory;
  const { words } = tile;
  let shared = 0;
  let some = 0;
  let free = tile.frames === null;
  const fresh = (word: number): number =>
    words[AT_EXCLUSIVE + word] & ~words[AT_PINNED + word] & wordMask(word, from, to);
  for (let word = 0; word < WORDS_PER_TILE; word++) {
    shared |=
      (words[AT_PRESENT + word] | words[AT_SWAP + word]) &
      ~(words[AT_EXCLUSIVE + word] | words[AT_ZERO + word] | words[AT_FILE + word]);
    some |= fresh(word);
  }
  if (some === 0) return;
  if (shared === 0) {
    tile.frameBase = frames.allocateBlock();
    tile.frames = null;
    return;
  }
  // Unused numbers of the tile are reused; if any is in use elsewhere, a new block is allocated.
  const each = (visit: (index: number) => void): void => {
    for (let word = 0; word < WORDS_PER_TILE; word++) {
      for (let rest = fresh(word); rest !== 0; rest &= rest - 1)
        visit(word * 32 + 31 - Math.clz32(rest & -rest));
    }
  };
  each((index) => (free &&= frames.users(tile.frame(index)) === 0));
  if (free) return;
  const block = frames.allocateBlock();
  each((index) => tile.setFrame(index, block + index));
}

/** Present pages of private memory that are not pinned, file pages or anonymous: copied 32 at a time. */
function plainPages(vma: Vma, tile: Tile, word: number): number {
  if ((vma.flags & VM_SHARED) !== 0) return 0;
  const { words } = tile;
  return words[AT_PRESENT + word] & ~(words[AT_FILE + word] | words[AT_PINNED + word]);
}

/** copy_present_pte() for such pages: read-only on both sides, no longer exclusive; the copy is old. */
function copyPages(parent: MmStruct, tile: Tile, copy: Tile, word: number, pages: number): void {
  const { frames } = parent.memory;
  const { words } = tile;
  const exclusive = pages & words[AT_EXCLUSIVE + word];
  if (exclusive !== 0) frames.addWord(tile, word, exclusive, 2);
  const shared = pages & ~exclusive & ~words[AT_ZERO + word];
  if (shared !== 0) frames.addWord(tile, word, shared, 1);
  words[AT_EXCLUSIVE + word] &= ~pages;
  words[AT_WRITABLE + word] &= ~pages;
  for (let at = word; at < TILE_WORDS; at += WORDS_PER_TILE) copy.words[at] |= words[at] & pages;
  copy.words[AT_ACCESSED + word] &= ~pages;
  copy.words[AT_UFFD_WP + word] &= ~pages;
}

/** copy_present_pte() and copy_nonpresent_pte() for one entry of any sort. */
function copyEntry(parent: MmStruct, vma: Vma, tile: Tile, copy: Tile, index: number): void {
  const { frames } = parent.memory;
  const entry = tile.entry(index);
  const present = (entry & PRESENT) !== 0;
  if (present && (entry & PINNED) !== 0 && (entry & EXCLUSIVE) !== 0) {
    // copy_present_page(): a page that a device may write stays the parent's.
    copy.change(index, 0, (vma.flags & VM_WRITE) !== 0 ? WRITTEN_PAGE : WRITTEN_PAGE & ~WRITABLE);
    return;
  }
  const wasExclusive = (entry & EXCLUSIVE) !== 0;
  let kept = entry & ~EXCLUSIVE;
  const shared = (vma.flags & VM_SHARED) !== 0;
  if (!shared) kept &= ~WRITABLE;
  tile.change(index, entry, kept);
  let copied = kept & ~(ACCESSED | UFFD_WP | PINNED);
  if (shared) copied &= ~DIRTY;
  // copy_pte_marker() makes it again.
  if ((copied & GUARD) !== 0) copied = GUARD;
  copy.change(index, 0, copied);
  if (copied === 0) parent.memory.populated--;
  if ((entry & FILE) !== 0) vma.object?.map(vma.pgoffOf(tile.base + index), 1);
  else if (hasFrame(kept)) {
    const count = wasExclusive ? 2 : 1;
    frames.add(tile.frame(index), present ? count : 0, present ? 0 : count);
  }
}
