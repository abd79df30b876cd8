import { WORDS_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { PAGE_IS, PAGE_WAS } from '../syscalls/constants.ts';
import { RegionList } from '../tracking/region-list.ts';
import { movedPages } from './moved-pages.ts';
import { addPages, forEachPart, removePages, runsWithin, wordsOf, type PageWords } from './page-words.ts';

const EVERYTHING: PageRange = { start: 0, end: Infinity };
const ENTRY = PAGE_IS.PRESENT | PAGE_IS.SWAPPED;

/**
 * What write-protection alone cannot answer, from what was there before:
 *
 * - A huge page that appears counts as written in whole; which of its 512 pages were written is not known: Touched.
 * - Pages that mremap moved appear in a new mapping: Touched, not written.
 * - Pages that had memory of their own and have none now: Gone. The shared zero page is none of one's own.
 */
export class PageEvents {
  /** Pages with memory of their own, as of the last look at the state, and those that were written since. */
  private readonly had: PageWords = new Map();
  private readonly gone: PageWords = new Map();
  /** Reported as written by the tracker until they are cleared, though only touched. */
  private readonly touched: PageWords = new Map();
  private readonly list = new RegionList(64);
  private vmas: readonly Vma[];

  /** @param state what was there when everything was clear, with its VMAs */
  constructor(state: RegionList, vmas: readonly Vma[]) {
    this.vmas = vmas;
    for (let i = 0; i < state.count; i++) {
      const categories = state.categories(i);
      if ((categories & ENTRY) !== 0 && (categories & PAGE_IS.PFNZERO) === 0)
        addPages(this.had, state.start(i), state.end(i));
    }
  }

  /** What a tracker reported, with PAGE_WAS.TOUCHED for WRITTEN where that is not known. Valid until the next call. */
  classify(reported: RegionList, vmas: readonly Vma[]): RegionList {
    for (let i = 0; i < reported.count; i++) {
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

  /** Compares the state planes that were just read with those before. */
  look(tiles: TileSet, range: PageRange = EVERYTHING): void {
    const { had, gone } = this;
    for (const [from, to] of runsWithin(had, range.start, range.end)) addPages(gone, from, to);
    removePages(had, range.start, range.end);
    for (let slot = 0; slot < tiles.size; slot++) {
      const tile = tiles.indexes[slot];
      const [present, swapped, zero] = [Plane.Present, Plane.Swapped, Plane.Zero].map((plane) =>
        tiles.offset(slot, plane),
      );
      const lost = gone.get(tile);
      let own: Uint32Array | null = null;
      for (let w = 0; w < WORDS_PER_TILE; w++) {
        const word = (tiles.words[present + w] | tiles.words[swapped + w]) & ~tiles.words[zero + w];
        if (word === 0) continue;
        own ??= wordsOf(had, tile);
        own[w] |= word;
        if (lost) lost[w] &= ~word;
      }
    }
  }

  /** Sets plane Gone. In mode interval what was reported is over with that. */
  report(tiles: TileSet, mode: SampleMode, range: PageRange = EVERYTHING): void {
    for (const [from, to] of runsWithin(this.gone, range.start, range.end))
      tiles.setRun(Plane.Gone, from, to);
    if (mode !== 'interval') return;
    for (const plane of [Plane.Written, Plane.Touched])
      for (const [from, to] of tiles.runs(plane)) addPages(this.had, from, to);
    this.clear(range);
  }

  /** Everything in `range` is clear. */
  clear({ start, end }: PageRange = EVERYTHING): void {
    removePages(this.gone, start, end);
    removePages(this.touched, start, end);
  }
}
