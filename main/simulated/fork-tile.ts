import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { popcount } from '#shared/memory/bitmap.ts';
import { hasFrame, remember, tellEntries } from './entries.ts';
import { WRITTEN_PAGE } from './fault-anon.ts';
import { setHuge, splitHuge } from './huge.ts';
import type { SimulatedProcess } from './process.ts';
import {
  ACCESSED,
  DIRTY,
  EXCLUSIVE,
  FILE,
  GUARD,
  PINNED,
  PRESENT,
  Tile,
  UFFD_WP,
  WRITABLE,
  wordMask,
  ZERO,
} from './tile.ts';
import { VM_SHARED, VM_WRITE } from './vm-flags.ts';
import type { Vma } from './vma.ts';

/** copy_pmd_range() for one PMD entry: copies what `vma` has of the parent's tile into the child. */
export function copyTile(parent: SimulatedProcess, child: SimulatedProcess, vma: Vma, tile: Tile): void {
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
  const before = remember(parent, tile);
  const beforeCopy = remember(child, copy);
  shareFrames(parent, vma, tile);
  const from = Math.max(vma.start, tile.base) - tile.base;
  const to = Math.min(vma.end, tile.end) - tile.base;
  for (let word = 0; word < WORDS_PER_TILE; word++) {
    const used = tile.used(word) & wordMask(word, from, to);
    child.machine.populated += popcount(used);
    for (let rest = used; rest !== 0; rest &= rest - 1) {
      copyEntry(parent, vma, tile, copy, word * 32 + 31 - Math.clz32(rest & -rest));
    }
  }
  tellEntries(parent, tile, 'fork', before);
  tellEntries(child, copy, 'fork', beforeCopy);
}

/** copy_huge_pmd(). */
function copyHuge(parent: SimulatedProcess, child: SimulatedProcess, tile: Tile): void {
  const { frames } = parent.machine;
  let flags = tile.huge;
  const copy = new Tile(tile.base, 1);
  if ((flags & ZERO) === 0) {
    if ((flags & EXCLUSIVE) !== 0) {
      // Frames must be numbered before the event is made, so that it has them.
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
  child.machine.populated += PAGES_PER_TILE;
}

/** Numbers the exclusive pages of `vma` in the tile: they are about to be shared. */
function shareFrames(process: SimulatedProcess, vma: Vma, tile: Tile): void {
  const { frames } = process.machine;
  const from = Math.max(vma.start, tile.base) - tile.base;
  const to = Math.min(vma.end, tile.end) - tile.base;
  let shared = false;
  const fresh: number[] = [];
  for (let i = 0; i < PAGES_PER_TILE; i++) {
    const flags = tile.entry(i);
    if (hasFrame(flags)) shared = true;
    else if (i >= from && i < to && (flags & EXCLUSIVE) !== 0 && (flags & PINNED) === 0) fresh.push(i);
  }
  if (fresh.length === 0) return;
  if (!shared) {
    tile.frameBase = frames.allocateBlock();
    tile.frames = null;
    return;
  }
  // Numbers that the tile has but nobody uses may be taken; where any is in use elsewhere, a block of its own.
  if (fresh.every((i) => tile.frames === null && frames.users(tile.frame(i)) === 0)) return;
  const block = frames.allocateBlock();
  for (const i of fresh) tile.setFrame(i, block + i);
}

/** copy_present_pte() and copy_nonpresent_pte(). */
function copyEntry(parent: SimulatedProcess, vma: Vma, tile: Tile, copy: Tile, index: number): void {
  const { frames } = parent.machine;
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
  // copy_pte_marker() makes it anew.
  if ((copied & GUARD) !== 0) copied = GUARD;
  copy.change(index, 0, copied);
  if (copied === 0) parent.machine.populated--;
  if ((entry & FILE) !== 0) vma.object?.map(vma.pgoffOf(tile.base + index), 1);
  else if (hasFrame(kept)) {
    const frame = tile.frame(index);
    copy.setFrame(index, frame);
    const count = wasExclusive ? 2 : 1;
    frames.add(frame, present ? count : 0, present ? 0 : count);
  }
}
