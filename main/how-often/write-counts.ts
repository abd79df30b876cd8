import { PAGES_PER_TILE, tileOfPage, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { testBit } from '#shared/memory/bitmap.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import {
  MAX_COUNTED_INTERVALS,
  packCount,
  type PageCount,
  unpackCount,
  WRITTEN_BEFORE,
} from '#shared/memory/write-counts.ts';
import { classify } from './classify.ts';
import { IntervalBlock, wordsOfGroup } from './interval-block.ts';
import { BLOCK_INTERVALS, OPEN_WORDS, OpenIntervals } from './open-intervals.ts';

/** Kept at most, in bytes; with more the oldest intervals are dropped. */
const MAX_BYTES = 64 * 2 ** 20;

/**
 * In which of the last intervals each page was written, and how regularly. Exact for as many intervals as are kept:
 * MAX_COUNTED_INTERVALS, fewer where pages are written in so many different ways that they do not fit into the memory. Only pages
 * that were written cost any: 4 bytes in 32 intervals, less if all pages of a tile agree.
 */
export class WriteCounts {
  private readonly maxBytes: number;
  /** Oldest first. */
  private blocks: IntervalBlock[] = [];
  private blockBytes = 0;
  /** Those since the last block. */
  private readonly open = new OpenIntervals();
  private readonly openWords = new Uint32Array(OPEN_WORDS);
  /** Plane Written: pages that were written before the intervals that are kept. */
  private readonly before = new TileSet();
  private readonly mask = new Uint32Array(WORDS_PER_TILE);
  private words = new Uint32Array(0);

  constructor(maxBytes = MAX_BYTES) {
    this.maxBytes = maxBytes;
  }

  /** Intervals that are kept. */
  get length(): number {
    return this.blocks.length * BLOCK_INTERVALS + this.open.length;
  }

  /**
   * Adds an interval in which the pages of plane Written were written, without those that count only because their
   * mapping is new (Fresh), and those of plane Hot: they were written in interval after interval and are not sampled in
   * each.
   */
  add(tiles: TileSet): void {
    if (this.open.length === BLOCK_INTERVALS) this.closeBlock();
    this.open.add(tiles);
  }

  /** Counting starts again; what was written counts as before. */
  reset(): void {
    const { open, openWords } = this;
    for (const tile of open.tiles) {
      open.read(tile, openWords);
      this.noteBefore(tile, (mask) => orOpen(openWords, mask));
    }
    for (const block of this.blocks) this.moveBefore(block);
    this.blocks = [];
    this.blockBytes = 0;
    open.clear();
  }

  /** Plane Written of `tiles` was written before the first interval. */
  writtenBefore(tiles: TileSet): void {
    for (let slot = 0; slot < tiles.size; slot++) {
      const at = tiles.offset(slot, Plane.Written);
      this.noteBefore(tiles.indexes[slot], (mask) => {
        for (let w = 0; w < WORDS_PER_TILE; w++) mask[w] |= tiles.words[at + w];
      });
    }
  }

  /** Tiles of `range` with a page that was written, in the kept intervals or before; ascending. */
  tiles({ start, end }: PageRange): number[] {
    const first = tileOfPage(start);
    const last = tileOfPage(end - 1);
    const found = new Set<number>();
    const add = (tile: number): void => {
      if (tile >= first && tile <= last) found.add(tile);
    };
    this.before.indexes.forEach(add);
    for (const block of this.blocks) block.tiles.forEach(add);
    this.open.tiles.forEach(add);
    return [...found].sort((a, b) => a - b);
  }

  /**
   * The counts of the tile's 512 pages in the last `max` intervals, packed as `packCount` does; 0 for those that were never written.
   * @returns whether any was
   */
  read(tile: number, max: number, out: Uint32Array): boolean {
    const { blocks, open, openWords } = this;
    const length = Math.min(max, this.length);
    const inBlocks = Math.max(0, length - open.length);
    const used = Math.ceil(inBlocks / BLOCK_INTERVALS);
    const stride = used + 1;
    // Intervals of the first word that are not counted.
    const skip = used > 0 ? used * BLOCK_INTERVALS - inBlocks : open.length - length;
    const { mask } = this;
    this.beforeOf(tile, blocks.length - used);
    if (this.words.length < stride * PAGES_PER_TILE) this.words = new Uint32Array(stride * PAGES_PER_TILE);
    const { words } = this;
    words.fill(0, 0, stride * PAGES_PER_TILE);
    for (let i = 0; i < used; i++) blocks[blocks.length - used + i].read(tile, words, i, stride);
    if (open.read(tile, openWords)) this.readOpen(words, used, stride);
    let any = 0;
    const kept = ~((1 << skip) - 1);
    for (let page = 0; page < PAGES_PER_TILE; page++) {
      const at = page * stride;
      const isBefore = testBit(mask, 0, page) || (words[at] & ~kept) !== 0;
      words[at] &= kept;
      // Neighbours are mostly written together.
      if (page > 0 && isAlike(words, at, stride)) out[page] = countOnly(out[page - 1]);
      else {
        const count = classify(words, at, at + stride, skip, length);
        out[page] = count === null ? 0 : packCount(count);
      }
      if (out[page] === 0 && isBefore) out[page] = WRITTEN_BEFORE;
      any |= out[page];
    }
    return any !== 0;
  }

  /** The pages of `range` that were written in the last `max` intervals, ascending. */
  pages(range: PageRange, max = MAX_COUNTED_INTERVALS): PageCount[] {
    const row = new Uint32Array(PAGES_PER_TILE);
    const found: PageCount[] = [];
    for (const tile of this.tiles(range)) {
      this.read(tile, max, row);
      const base = tile * PAGES_PER_TILE;
      const end = Math.min(PAGES_PER_TILE, range.end - base);
      for (let page = Math.max(0, range.start - base); page < end; page++) {
        const count = unpackCount(row[page]);
        if (count !== null) found.push({ page: base + page, ...count });
      }
    }
    return found;
  }

  /** Sets the words of pages of `openWords`: that of page p at `at` + p * `stride`. */
  private readOpen(out: Uint32Array, at: number, stride: number): void {
    for (let group = 0; group < WORDS_PER_TILE; group++) {
      const words = wordsOfGroup(this.openWords, group);
      for (let bit = 0; words !== null && bit < 32; bit++) out[at + (group * 32 + bit) * stride] = words[bit];
    }
  }

  private closeBlock(): void {
    const block = new IntervalBlock(this.open);
    this.blocks.push(block);
    this.blockBytes += block.bytes;
    this.open.clear();
    const enough = MAX_COUNTED_INTERVALS / BLOCK_INTERVALS;
    while (this.blocks.length > 0 && (this.blocks.length > enough || this.blockBytes > this.maxBytes)) {
      const [gone] = this.blocks.splice(0, 1);
      this.blockBytes -= gone.bytes;
      this.moveBefore(gone);
    }
  }

  private moveBefore(block: IntervalBlock): void {
    for (const tile of block.tiles) this.noteBefore(tile, (mask) => block.orWritten(tile, mask));
  }

  private noteBefore(tile: number, or: (mask: Uint32Array) => void): void {
    const { before, mask } = this;
    mask.fill(0);
    or(mask);
    before.mark(1 << Plane.Written);
    const at = before.offset(before.ensure(tile), Plane.Written);
    for (let w = 0; w < WORDS_PER_TILE; w++) before.words[at + w] |= mask[w];
  }

  /** Leaves in `mask` the pages of the tile that were written before block `blocks`. */
  private beforeOf(tile: number, blocks: number): void {
    const { mask, before } = this;
    const slot = before.find(tile);
    if (slot < 0) mask.fill(0);
    else {
      const at = before.offset(slot, Plane.Written);
      mask.set(before.words.subarray(at, at + WORDS_PER_TILE));
    }
    for (let i = 0; i < blocks; i++) this.blocks[i].orWritten(tile, mask);
  }
}

function orOpen(open: Uint32Array, mask: Uint32Array): void {
  for (let i = 0; i < OPEN_WORDS; i++) mask[i % WORDS_PER_TILE] |= open[i];
}

/** Whether the words of a page are those of the page before it. */
function isAlike(words: Uint32Array, at: number, stride: number): boolean {
  for (let i = at; i < at + stride; i++) if (words[i] !== words[i - stride]) return false;
  return true;
}

const countOnly = (packed: number): number => (packed === WRITTEN_BEFORE ? 0 : packed);
