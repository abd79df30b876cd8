import { joinWrites } from '#shared/frame/delta.ts';
import { setBits } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { PAGE_IS, PAGE_WAS } from '../syscalls/constants.ts';
import { RegionList } from '../tracking/region-list.ts';
import { movedPages } from './moved-pages.ts';
import { addPages, forEachPart, removePages, runsWithin, wordsOf, type PageWords } from './page-words.ts';

const EVERYTHING: PageRange = { start: 0, end: Infinity };
const ENTRY = PAGE_IS.PRESENT | PAGE_IS.SWAPPED;

/**
 * Events that write-protection alone cannot show, derived from the previous state:
 *
 * - A huge page that appears counts as written completely; which of its 512 pages were written is not known: Touched.
 * - Pages that mremap moved appear in a new mapping: Touched, not written.
 * - Pages that had memory of their own and have none now: Gone. The shared zero page does not count as such.
 */
export class PageEvents {
  /** Pages with memory of their own, as of the last reading of the state, and those that were written before `since`. */
  private readonly had: PageWords = new Map();
  /** Written and touched pages that are not in `had` yet: there are many in each sample, and they are mostly the same. */
  private readonly since = new TileSet();
  private readonly gone: PageWords = new Map();
  /** Reported as written by the tracker until they are cleared, though only touched. */
  private readonly touched: PageWords = new Map();
  private readonly list = new RegionList(64);
  private vmas: readonly Vma[];

  /** @param state the state when everything was clear, with its VMAs */
  constructor(state: RegionList, vmas: readonly Vma[]) {
    this.vmas = vmas;
    for (let i = 0; i < state.count; i++) {
      const categories = state.categories(i);
      if ((categories & ENTRY) !== 0 && (categories & PAGE_IS.PFNZERO) === 0)
        addPages(this.had, state.start(i), state.end(i));
    }
  }

  /** The tracker's report, with PAGE_WAS.TOUCHED for WRITTEN if that is not known. Valid until the next call. */
  classify(reported: RegionList, vmas: readonly Vma[]): RegionList {
    const hasHuge = reported.hasAny(PAGE_IS.HUGE);
    if (hasHuge || vmas !== this.vmas) this.settle();
    for (let i = 0; hasHuge && i < reported.count; i++) {
      const categories = reported.categories(i);
      if ((categories & PAGE_IS.WRITTEN) === 0 || (categories & PAGE_IS.HUGE) === 0) continue;
      forEachPart(this.had, reported.start(i), reported.end(i), (from, to, known) => {
        if (!known) addPages(this.touched, from, to);
      });
    }
    if (vmas !== this.vmas) {
      for (const [from, to] of movedPages(this.vmas, vmas, this.had, reported))
        addPages(this.touched, from, to);
      this.vmas = vmas;
    }
    if (this.touched.size === 0) return reported;
    const { list } = this;
    list.clear();
    for (let i = 0; i < reported.count; i++) {
      const categories = reported.categories(i);
      if ((categories & PAGE_IS.WRITTEN) === 0) {
        list.push(reported.start(i), reported.end(i), categories);
        continue;
      }
      const other = (categories & ~PAGE_IS.WRITTEN) | PAGE_WAS.TOUCHED;
      forEachPart(this.touched, reported.start(i), reported.end(i), (from, to, touched) =>
        list.push(from, to, touched ? other : categories),
      );
    }
    return list;
  }

  /** Compares the state planes of `range` that were just read with those before. */
  compareState(tiles: TileSet, range: PageRange = EVERYTHING): void {
    const { had, gone } = this;
    this.settle();
    const now = new Uint32Array(WORDS_PER_TILE);
    for (const [tile, words] of had) {
      const within = maskWithin(tile, range);
      if (within === null) continue;
      ownWords(tiles, tiles.find(tile), now);
      let lost: Uint32Array | null = null;
      let left = 0;
      for (let w = 0; w < WORDS_PER_TILE; w++) {
        const missing = words[w] & ~now[w] & within[w];
        if (missing !== 0) (lost ??= wordsOf(gone, tile))[w] |= missing;
        left |= words[w] &= ~missing;
      }
      if (left === 0) had.delete(tile);
    }
    for (let slot = 0; slot < tiles.size; slot++) {
      const tile = tiles.indexes[slot];
      if (!ownWords(tiles, slot, now)) continue;
      const own = wordsOf(had, tile);
      const lost = gone.get(tile);
      for (let w = 0; w < WORDS_PER_TILE; w++) {
        own[w] |= now[w];
        if (lost) lost[w] &= ~now[w];
      }
    }
  }

  /** Sets plane Gone. In mode interval reported pages are removed with that. */
  report(tiles: TileSet, mode: SampleMode, range: PageRange = EVERYTHING): void {
    if (mode === 'interval') joinWrites(this.since, tiles);
    for (const [from, to] of runsWithin(this.gone, range.start, range.end))
      tiles.setRun(Plane.Gone, from, to);
    if (mode === 'interval') this.clear(range);
  }

  /** Written and touched pages have memory of their own until the state is read again. */
  private settle(): void {
    const { indexes, words, used } = this.since;
    for (const plane of [Plane.Written, Plane.Touched]) {
      if ((used & (1 << plane)) === 0) continue;
      for (let slot = 0; slot < indexes.length; slot++) {
        const at = this.since.offset(slot, plane);
        let own: Uint32Array | null = null;
        for (let w = 0; w < WORDS_PER_TILE; w++) {
          const word = words[at + w];
          if (word !== 0) (own ??= wordsOf(this.had, indexes[slot]))[w] |= word;
        }
      }
    }
    this.since.clear();
  }

  /** Marks everything in `range` as clear. */
  clear({ start, end }: PageRange = EVERYTHING): void {
    removePages(this.gone, start, end);
    removePages(this.touched, start, end);
  }
}

const ALL = new Uint32Array(WORDS_PER_TILE).fill(0xffffffff);

/** The pages of `tile` within `range`; null if none. */
function maskWithin(tile: number, { start, end }: PageRange): Uint32Array | null {
  const base = tile * PAGES_PER_TILE;
  if (start <= base && end >= base + PAGES_PER_TILE) return ALL;
  const [from, to] = [Math.max(0, start - base), Math.min(PAGES_PER_TILE, end - base)];
  if (from >= to) return null;
  const mask = new Uint32Array(WORDS_PER_TILE);
  setBits(mask, 0, from, to);
  return mask;
}

/** Puts the pages of a tile that have memory of their own into `out`; returns whether there is one. Slot -1: none. */
function ownWords(tiles: TileSet, slot: number, out: Uint32Array): boolean {
  if (slot < 0) {
    out.fill(0);
    return false;
  }
  const present = tiles.offset(slot, Plane.Present);
  const swapped = tiles.offset(slot, Plane.Swapped);
  const zero = tiles.offset(slot, Plane.Zero);
  let any = 0;
  for (let w = 0; w < WORDS_PER_TILE; w++) {
    any |= out[w] = (tiles.words[present + w] | tiles.words[swapped + w]) & ~tiles.words[zero + w];
  }
  return any !== 0;
}
