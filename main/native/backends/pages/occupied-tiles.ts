import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { BIT, CHUNK_PAGES, type PagemapEntries } from './pagemap-entries.ts';

/** Known tiles that are read again before the search yields. */
const TILES_PER_STEP = 256;

interface Search {
  readonly end: number;
  /** Whether all of the VMA was searched, or all of its pages were found. */
  complete: boolean;
  /** Pages that smaps counts and that were not found: those shared since a fork look like the zero page. */
  unaccounted: number;
  /** The rest of the current search. */
  chunks: Iterator<number, void> | null;
}

/**
 * The tiles of large sparse VMAs that have pages. Before Linux 6.7 only reading every entry shows them (three seconds
 * per terabyte), so they are searched for once, and again only when smaps counts more pages than are known.
 */
export class OccupiedTiles {
  private readonly entries: PagemapEntries;
  private readonly tiles = new Set<number>();
  /** Found after the last clear in a VMA that had been searched before it. */
  private readonly late = new Set<number>();
  private readonly searches = new Map<number, Search>();

  constructor(entries: PagemapEntries) {
    this.entries = entries;
  }

  /** The known tiles with pages of `start` … `end` - 1, ascending. */
  within({ start, end }: PageRange): number[] {
    const first = tileOfPage(start);
    const last = tileOfPage(end - 1);
    return [...this.tiles].filter((tile) => tile >= first && tile <= last).sort((a, b) => a - b);
  }

  /**
   * Whether the pages of `tile` were found only after the last clear: they came after the search before it, and their
   * soft-dirty bits may have been cleared unread.
   */
  isLate(tile: number): boolean {
    return this.late.has(tile);
  }

  /** Everything known so far was read before the bits were cleared. */
  cleared(): void {
    this.late.clear();
  }

  /** Whether `vma` was searched to its end, so that `search` may be left unfinished. */
  isSearched({ start, end }: PageRange): boolean {
    const search = this.searches.get(start);
    return search?.end === end && search.complete;
  }

  /** `vma` is read in another way for now: its known tiles become stale. */
  forget({ start }: PageRange): void {
    this.searches.delete(start);
  }

  /** Forgets searches of VMAs that are not among `vmas`. */
  keepOnly(vmas: readonly PageRange[]): void {
    const starts = new Set(vmas.map(({ start }) => start));
    for (const start of this.searches.keys()) if (!starts.has(start)) this.searches.delete(start);
  }

  /** Looks for `expected` pages of `vma`, in steps of about a millisecond; an unfinished search is continued. */
  *search(vma: PageRange, expected: number): Generator<void, void> {
    let search = this.searches.get(vma.start);
    if (search?.end !== vma.end) {
      search = { end: vma.end, complete: false, unaccounted: 0, chunks: null };
      this.searches.set(vma.start, search);
    }
    const known = this.within(vma);
    let left = expected - search.unaccounted;
    for (const [i, tile] of known.entries()) {
      left -= this.recount(tile, vma);
      if (i % TILES_PER_STEP === TILES_PER_STEP - 1) yield;
    }
    if (left <= 0) {
      search.unaccounted = Math.max(0, search.unaccounted + left);
    } else {
      search.chunks ??= chunksOf(vma, known);
      for (let next = search.chunks.next(); !next.done && left > 0; next = search.chunks.next()) {
        left -= this.searchChunk(next.value, vma, search.complete);
        yield;
      }
      search.unaccounted += Math.max(0, left);
    }
    search.complete = true;
    search.chunks = null;
  }

  /** Reads a known tile again; returns how many of its pages smaps counts. */
  private recount(tile: number, vma: PageRange): number {
    const [from, to] = part(tile, vma);
    const count = this.entries.fetch(from, to - from);
    const counted = this.countIn(0, count);
    // A tile at either end may also hold pages of another VMA.
    if (counted < 0 && to - from === PAGES_PER_TILE) this.tiles.delete(tile);
    return Math.max(0, counted);
  }

  /** Returns the number of pages, as smaps counts them, in tiles that were not known. */
  private searchChunk(chunk: number, vma: PageRange, searchedBefore: boolean): number {
    const start = Math.max(vma.start, chunk * CHUNK_PAGES);
    const end = Math.min(vma.end, (chunk + 1) * CHUNK_PAGES);
    const read = this.entries.fetch(start, end - start);
    if (read === 0 || this.entries.isHole(read)) return 0;
    let found = 0;
    for (let tile = tileOfPage(start); tile <= tileOfPage(end - 1); tile++) {
      if (this.tiles.has(tile)) continue;
      const [from, to] = part(tile, vma);
      const counted = this.countIn(from - start, Math.min(to - start, read));
      if (counted < 0) continue;
      this.tiles.add(tile);
      if (searchedBefore) this.late.add(tile);
      found += counted;
    }
    return found;
  }

  /** Entries `from` … `to` - 1 of those read that smaps counts too (not the zero page); -1: no page at all. */
  private countIn(from: number, to: number): number {
    const { words } = this.entries;
    let any = false;
    let counted = 0;
    for (let i = from * 2 + 1; i < to * 2; i += 2) {
      const high = words[i];
      if ((high & (BIT.present | BIT.swapped)) === 0) continue;
      any = true;
      if ((high & (BIT.file | BIT.exclusive | BIT.swapped)) !== 0) counted++;
    }
    return any ? counted : -1;
  }
}

/** The pages of `tile` within `range`. */
function part(tile: number, { start, end }: PageRange): [from: number, to: number] {
  return [Math.max(start, tile * PAGES_PER_TILE), Math.min(end, (tile + 1) * PAGES_PER_TILE)];
}

/** All chunks of `vma`; first those near known tiles, since memory grows where there is some. */
function* chunksOf({ start, end }: PageRange, known: readonly number[]): Generator<number, void> {
  const first = Math.floor(start / CHUNK_PAGES);
  const last = Math.floor((end - 1) / CHUNK_PAGES);
  const near = new Set<number>();
  for (const tile of known) {
    const chunk = Math.floor((tile * PAGES_PER_TILE) / CHUNK_PAGES);
    for (const one of [chunk, chunk + 1, chunk - 1]) if (one >= first && one <= last) near.add(one);
  }
  yield* near;
  for (let chunk = first; chunk <= last; chunk++) if (!near.has(chunk)) yield chunk;
}
