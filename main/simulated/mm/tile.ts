import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';

/**
 * The entries of one page table, kept as bit planes: bit `i` of plane `p` is set if entry `i` has property `p`.
 * An entry as a number has bit `p` set for plane `p`. No bit at all: the entry is none.
 */
export const PRESENT = 1 << 0;
/** The hardware's R/W bit. */
export const WRITABLE = 1 << 1;
/** _PAGE_SOFT_DIRTY of a present entry, _PAGE_SWP_SOFT_DIRTY of a swap entry. */
export const SOFT = 1 << 2;
/** The hardware's D bit. */
export const DIRTY = 1 << 3;
/** The hardware's A bit. */
export const ACCESSED = 1 << 4;
/** The zero page. */
export const ZERO = 1 << 5;
/** PG_anon_exclusive: the anonymous page belongs to this entry alone, no fork shares it. */
export const EXCLUSIVE = 1 << 6;
/** The page is of a file or of shared memory, not anonymous. */
export const FILE = 1 << 7;
/** A swap entry. */
export const SWAP = 1 << 8;
/** A guard marker (MADV_GUARD_INSTALL). */
export const GUARD = 1 << 9;
/** userfaultfd write-protected; alone: a marker in a place without a page. */
export const UFFD_WP = 1 << 10;
/** The page has long-term pins (FOLL_PIN). */
export const PINNED = 1 << 11;
/** MADV_FREE: the page may be dropped while it is clean. */
export const LAZY_FREE = 1 << 12;

/** An exclusive page that was just written: pte_mkdirty() of x86 sets soft-dirty too. */
export const WRITTEN_PAGE = PRESENT | WRITABLE | SOFT | DIRTY | ACCESSED | EXCLUSIVE;

export const PLANES = 13;
export const TILE_WORDS = PLANES * WORDS_PER_TILE;

/** Word offset of each plane in a tile's array. */
export const AT_PRESENT = 0;
export const AT_WRITABLE = 16;
export const AT_SOFT = 32;
export const AT_DIRTY = 48;
export const AT_ACCESSED = 64;
export const AT_ZERO = 80;
export const AT_EXCLUSIVE = 96;
export const AT_FILE = 112;
export const AT_SWAP = 128;
export const AT_GUARD = 144;
export const AT_UFFD_WP = 160;
export const AT_PINNED = 176;
export const AT_LAZY_FREE = 192;

const NO_WORDS = new Uint32Array(0);

/**
 * What one PMD entry points to: a page table (`words`), or a huge page (`huge` ≠ 0, no words).
 * Anonymous pages shared by a fork have a frame number, so that it is known how many entries map them; exclusive ones
 * need none. Entry `i` has frame `frames[i]`, or `frameBase + i` if `frames` is null.
 */
export class Tile {
  /** First page; a multiple of 512. Changed only when a whole table moves (mremap). */
  base: number;
  /** TILE_WORDS words, or none if a huge page is mapped. */
  words: Uint32Array;
  /** Entry flags of the huge page; 0 if this is a page table. */
  huge = 0;
  frameBase = 0;
  frames: Uint32Array | null = null;
  /** Pins of each pinned page, by index. */
  pins: Map<number, number> | null = null;

  constructor(base: number, huge = 0) {
    this.base = base;
    this.huge = huge;
    this.words = huge === 0 ? new Uint32Array(TILE_WORDS) : NO_WORDS;
  }

  get end(): number {
    return this.base + PAGES_PER_TILE;
  }

  /** Turns the huge page into an empty page table, or the other way round. */
  reset(huge: number): void {
    this.huge = huge;
    this.words = huge === 0 ? new Uint32Array(TILE_WORDS) : NO_WORDS;
    this.frameBase = 0;
    this.frames = null;
    this.pins = null;
  }

  /** Flags of entry `index`; the same for all pages of a huge page. */
  entry(index: number): number {
    if (this.huge !== 0) return this.huge;
    const words = this.words;
    const shift = index & 31;
    let at = index >>> 5;
    let flags = 0;
    for (let plane = 0; plane < PLANES; plane++, at += WORDS_PER_TILE) {
      flags |= ((words[at] >>> shift) & 1) << plane;
    }
    return flags;
  }

  /** Changes entry `index` from `before`, which it has, to `after`. */
  change(index: number, before: number, after: number): void {
    const words = this.words;
    const bit = 1 << (index & 31);
    const at = index >>> 5;
    for (let rest = before ^ after; rest !== 0; rest &= rest - 1) {
      words[at + ((31 - Math.clz32(rest & -rest)) << 4)] ^= bit;
    }
  }

  /** Frame of entry `index`; meaningless for exclusive, zero and file pages. */
  frame(index: number): number {
    return this.frames === null ? this.frameBase + index : this.frames[index];
  }

  /** Gives entry `index` a frame of its own numbering. */
  setFrame(index: number, frame: number): void {
    if (this.frames === null) {
      if (frame === this.frameBase + index) return;
      this.frames = new Uint32Array(PAGES_PER_TILE);
      for (let i = 0; i < PAGES_PER_TILE; i++) this.frames[i] = this.frameBase + i;
    }
    this.frames[index] = frame;
  }

  /** Entries of word `word` (32 of them) that are not none. */
  used(word: number): number {
    const words = this.words;
    return (
      (words[AT_PRESENT + word] |
        words[AT_SWAP + word] |
        words[AT_GUARD + word] |
        words[AT_UFFD_WP + word]) >>>
      0
    );
  }
}

/** Bits of word `word` (entries 32·word … 32·word + 31) that are in [from, to) of the tile. */
export function wordMask(word: number, from: number, to: number): number {
  const low = from - word * 32;
  const high = to - word * 32;
  if (high <= 0 || low >= 32) return 0;
  const head = low > 0 ? -1 << low : -1;
  const tail = high < 32 ? ~(-1 << high) : -1;
  return (head & tail) >>> 0;
}

/** Everything a page table holds, as data. */
export interface TileState {
  readonly words: Uint32Array;
  readonly frameBase: number;
  readonly frames: Uint32Array | null;
  readonly pins: readonly (readonly [number, number])[];
}

/** What a PMD entry holds, as data: nothing, a huge page, or a page table. */
export type PmdState =
  | null
  | {
      readonly kind: 'huge';
      readonly flags: number;
      readonly frameBase: number;
      readonly frames: Uint32Array | null;
      readonly pins: TileState['pins'];
    }
  | { readonly kind: 'table'; readonly table: TileState };

export function tileState(tile: Tile): TileState {
  return {
    words: tile.words.slice(),
    frameBase: tile.frameBase,
    frames: tile.frames === null ? null : tile.frames.slice(),
    pins: tile.pins === null ? [] : [...tile.pins],
  };
}

export function restoreTile(tile: Tile, state: TileState): void {
  tile.huge = 0;
  tile.words = state.words.slice();
  tile.frameBase = state.frameBase;
  tile.frames = state.frames === null ? null : state.frames.slice();
  tile.pins = state.pins.length === 0 ? null : new Map(state.pins);
}

export function pmdState(tile: Tile | null): PmdState {
  if (tile === null) return null;
  if (tile.huge === 0) return { kind: 'table', table: tileState(tile) };
  const { huge: flags, frameBase, frames } = tile;
  return { kind: 'huge', flags, frameBase, frames: frames?.slice() ?? null, pins: [...(tile.pins ?? [])] };
}
