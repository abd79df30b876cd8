import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { stateBefore, emitEntries } from '../mapping/entries.ts';
import { entryState, hasFrame } from '../mm/entry.ts';
import { splitHuge } from '../mapping/huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { GUARD, PRESENT, SOFT, SWAP, Tile, TILE_WORDS, UFFD_WP, wordMask } from '../mm/tile.ts';
import { VM_UFFD_WP } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

const PUD_PAGES = PAGES_PER_TILE ** 2;

/**
 * move_page_tables(): moves `pages` entries from `from` to `to`, where there are none. Each entry becomes soft-dirty,
 * a huge page too; but a whole page table (2 MiB aligned at both ends) or PMD table (1 GiB) moves unchanged, with
 * its soft-dirty bits. Entries of an armed VMA lose their write-protection, and so move one by one.
 */
export function movePageTables(mm: MmStruct, source: Vma, from: number, to: number, pages: number): void {
  const { table } = mm;
  const armed = (source.flags & VM_UFFD_WP) !== 0;
  const end = from + pages;
  const shift = to - from;
  for (let page = from; ;) {
    const next = table.next(page, end);
    if (next === null) return;
    // Skip holes, but start at the first page of a PMD table: it may move as a whole.
    page = Math.max(page, Math.floor(next.base / PUD_PAGES) * PUD_PAGES);
    table.ensureDirectory(page + shift, 3);
    const bigStep = extent(PUD_PAGES, page, end, page + shift);
    if (bigStep === PUD_PAGES && !armed && table.directory(page + shift, 2) === null) {
      table.moveTable(2, page, page + shift);
      page += bigStep;
      continue;
    }
    page = Math.max(page, next.base);
    const step = extent(PAGES_PER_TILE, page, end, page + shift);
    moveTile(mm, source, next, page, step, page + shift);
    page += step;
  }
}

/** get_extent(): pages up to the next border of `size` at the source or at the target, or to the end. */
function extent(size: number, from: number, end: number, to: number): number {
  return Math.min(size - (from % size), end - from, size - (to % size));
}

function moveTile(mm: MmStruct, source: Vma, tile: Tile, page: number, step: number, to: number): void {
  const { table } = mm;
  table.ensureDirectory(to, 2);
  const whole = step === PAGES_PER_TILE && table.find(to) === null;
  const armed = (source.flags & VM_UFFD_WP) !== 0;
  if (tile.huge !== 0) {
    if (whole) {
      moveHuge(mm, tile, to, armed);
      return;
    }
    splitHuge(mm, source, tile);
    if (!source.anonymous) return;
  } else if (whole && !armed) {
    table.moveTable(1, tile.base, to);
    return;
  }
  moveEntries(mm, tile, page - tile.base, table.ensure(to), to, step, armed);
}

/** move_huge_pmd(). */
function moveHuge(mm: MmStruct, tile: Tile, to: number, armed: boolean): void {
  mm.table.remove(tile, 'huge-moved');
  const moved = new Tile(to, (armed ? tile.huge & ~UFFD_WP : tile.huge) | SOFT);
  moved.frameBase = tile.frameBase;
  moved.frames = tile.frames;
  moved.pins = tile.pins;
  mm.table.install(moved, 'huge-moved');
}

/** move_ptes(): entry by entry, each made soft-dirty if it maps a page or is in swap. */
function moveEntries(
  mm: MmStruct,
  source: Tile,
  from: number,
  target: Tile,
  to: number,
  count: number,
  armed: boolean,
): void {
  const before = stateBefore(mm, source);
  const beforeTarget = stateBefore(mm, target);
  for (let word = from >>> 5; word < WORDS_PER_TILE; word++) {
    const used = source.used(word) & wordMask(word, from, from + count);
    for (let rest = used; rest !== 0; rest &= rest - 1) {
      const index = word * 32 + 31 - Math.clz32(rest & -rest);
      const place = index - from + (to - target.base);
      const { flags, frame, pins } = entryState(source, index);
      const kept = armed ? flags & ~UFFD_WP : flags;
      if ((kept & (PRESENT | SWAP | GUARD)) !== 0) target.change(place, 0, kept | SOFT);
      else mm.memory.populated--;
      if (hasFrame(flags)) target.setFrame(place, frame);
      if (pins > 0) (target.pins ??= new Map()).set(place, pins);
      source.pins?.delete(index);
    }
    if (used !== 0) for (let at = word; at < TILE_WORDS; at += WORDS_PER_TILE) source.words[at] &= ~used;
  }
  emitEntries(mm, source, 'move', before);
  // Within one table it is one change.
  if (target !== source) emitEntries(mm, target, 'move', beforeTarget);
}
