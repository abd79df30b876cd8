/**
 * When pages were last written, of a frame that merges samples: each page keeps the time of its last sample. A page's
 * place in the list of times is kept in binary digits, a plane each, so that K samples cost log2 K planes of a tile.
 */
import { testBit } from '../memory/bitmap.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '../memory/page.ts';
import { Plane } from '../memory/plane.ts';
import { maskOfRanges, uniteRanges } from './page-ranges.ts';

export interface FrameStamps {
  /** Times of the samples in ms, latest first: `times[0]` is that of the frame. */
  readonly times: Float64Array;
  /** Tiles with pages whose last write is not in the latest sample; all others were written at `times[0]`. */
  readonly indexes: Float64Array;
  /**
   * `stampWords(times.length)` words per tile: a plane of pages that were given back or unmapped after their last write,
   * then the digits of a page's place in `times`, lowest first, 16 words each.
   */
  readonly words: Uint32Array;
  /** Pairs of pages (start, end), ascending: memory that was unmapped in one of the samples, even if mapped again. */
  readonly lost: Float64Array;
}

/** Times kept one by one at most; beyond that pairs of neighbours in the older half share the later one. */
export const MAX_STAMP_TIMES = 4096;
const HALF = MAX_STAMP_TIMES / 2;

/** Binary digits of a place in a list of that many times. */
const digitsOf = (times: number): number => (times <= 1 ? 0 : 32 - Math.clz32(times - 1));

/** Words of a tile in `FrameStamps.words`, for a list of that many times. */
export const stampWords = (times: number): number => (1 + digitsOf(times)) * WORDS_PER_TILE;

/**
 * Time of page `page` (0 … 511) of the `position`-th tile of `stamps`, which is written in the frame; null if the page
 * was given back or unmapped afterwards.
 */
export function stampOf(stamps: FrameStamps, position: number, page: number): number | null {
  const { times, words } = stamps;
  if (testBit(words, position * stampWords(times.length), page)) return null;
  return times[Math.min(placeOf(stamps, position, page), times.length - 1)];
}

function placeOf({ times, words }: FrameStamps, position: number, page: number): number {
  const at = position * stampWords(times.length);
  let place = 0;
  for (let digit = 0; digit < digitsOf(times.length); digit++)
    if (testBit(words, at + (1 + digit) * WORDS_PER_TILE, page)) place |= 1 << digit;
  return place;
}

/** What merging needs from one of two frames. */
export interface StampedFrame {
  readonly time: number;
  readonly stamps?: FrameStamps;
}

/** Word `w` of a plane of the current tile; 0 if the frame does not name it. */
export type PlaneReader = (plane: Plane, w: number) => number;

/** Merges the stamps of two frames, tile by tile. */
export class StampMerger {
  private readonly first: Side;
  private readonly second: Side;
  private readonly times: Float64Array;
  private readonly digits: number;
  private readonly row: Uint32Array;
  private readonly indexes: number[] = [];
  private words = new Uint32Array(0);

  constructor(first: StampedFrame, second: StampedFrame) {
    this.first = new Side(first);
    this.second = new Side(second);
    this.times = Float64Array.from([...this.second.times, ...this.first.times]);
    this.digits = digitsOf(this.times.length);
    this.row = new Uint32Array(stampWords(this.times.length));
  }

  /** Takes the pages of a tile that are written in either. */
  tile(tile: number, first: PlaneReader, second: PlaneReader): void {
    const { row, digits } = this;
    const [one, two] = [this.first.seek(tile), this.second.seek(tile)];
    const added = two.times.length;
    let any = 0;
    for (let w = 0; w < WORDS_PER_TILE; w++) {
      const later = second(Plane.Written, w) & ~second(Plane.Fresh, w);
      const older = first(Plane.Written, w) & ~first(Plane.Fresh, w) & ~later;
      if (older === 0 && two.isPlain) {
        for (let at = w; at < row.length; at += WORDS_PER_TILE) row[at] = 0;
        continue;
      }
      const given = second(Plane.Gone, w) | two.unmapped(w);
      any |= row[w] = ((one.lost(w) | given) & older) | (two.lost(w) & later);
      // The places of the older ones are added to, all 32 pages of a word at once.
      let carry = 0;
      for (let digit = 0; digit < digits; digit++) {
        const a = one.digit(digit, w) & older;
        const b = ((added >>> digit) & 1) === 1 ? older : 0;
        const place = (a ^ b ^ carry) | (two.digit(digit, w) & later);
        carry = (a & b) | (a & carry) | (b & carry);
        any |= row[(1 + digit) * WORDS_PER_TILE + w] = place;
      }
    }
    if (any !== 0) this.push(tile);
  }

  take(): FrameStamps {
    let merged: FrameStamps = {
      times: this.times,
      indexes: Float64Array.from(this.indexes),
      words: this.words.slice(0, this.indexes.length * this.row.length),
      lost: uniteRanges(this.first.ranges, this.second.ranges),
    };
    while (merged.times.length > MAX_STAMP_TIMES) merged = thinned(merged);
    return merged;
  }

  private push(tile: number): void {
    const at = this.indexes.push(tile) * this.row.length;
    if (at > this.words.length) {
      const grown = new Uint32Array(at * 2);
      grown.set(this.words);
      this.words = grown;
    }
    this.words.set(this.row, at - this.row.length);
  }
}

const NO_RANGES = new Float64Array(0);

/** One frame's stamps at one of its tiles. */
class Side {
  readonly times: Float64Array;
  readonly ranges: Float64Array;
  private readonly isMerged: boolean;
  private readonly stamps: FrameStamps | null;
  private readonly positions = new Map<number, number>();
  private readonly digits: number;
  private readonly size: number;
  private readonly mask = new Uint32Array(WORDS_PER_TILE);
  private at = -1;

  constructor({ time, stamps }: StampedFrame) {
    this.times = stamps?.times ?? Float64Array.of(time);
    this.ranges = stamps?.lost ?? NO_RANGES;
    this.isMerged = this.times.length > 1;
    this.stamps = stamps ?? null;
    this.digits = digitsOf(this.times.length);
    this.size = stampWords(this.times.length);
    stamps?.indexes.forEach((tile, position) => this.positions.set(tile, position));
  }

  seek(tile: number): this {
    this.at = (this.positions.get(tile) ?? -1) * this.size;
    if (this.ranges.length > 0) maskOfRanges(this.ranges, tile * PAGES_PER_TILE, this.mask);
    return this;
  }

  /** One sample that lost nothing: all that it has was written at its time. */
  get isPlain(): boolean {
    return !this.isMerged && this.ranges.length === 0;
  }

  /** Pages that were unmapped in one of the samples. */
  unmapped(w: number): number {
    return this.mask[w];
  }

  /** Pages that were lost after their last write; in a single sample those that it found unmapped. */
  lost(w: number): number {
    if (!this.isMerged) return this.mask[w];
    return this.at < 0 || this.stamps === null ? 0 : this.stamps.words[this.at + w];
  }

  digit(digit: number, w: number): number {
    if (this.at < 0 || this.stamps === null || digit >= this.digits) return 0;
    return this.stamps.words[this.at + (1 + digit) * WORDS_PER_TILE + w];
  }
}

/** Every second of the times in the older half, the later one of two, stays. */
function thinned(stamps: FrameStamps): FrameStamps {
  const { times, indexes, words, lost } = stamps;
  const kept = times.filter((_, place) => place < HALF || place % 2 === 0);
  const [size, newSize] = [stampWords(times.length), stampWords(kept.length)];
  const result = new Uint32Array(indexes.length * newSize);
  for (let i = 0; i < indexes.length; i++) {
    result.set(words.subarray(i * size, i * size + WORDS_PER_TILE), i * newSize);
    for (let page = 0; page < PAGES_PER_TILE; page++) {
      const old = placeOf(stamps, i, page);
      let place = old < HALF ? old : HALF + ((old - HALF) >>> 1);
      for (let at = i * newSize + (page >>> 5); place !== 0; place >>>= 1) {
        at += WORDS_PER_TILE;
        result[at] |= (place & 1) << (page & 31);
      }
    }
  }
  return { times: kept, indexes, words: result, lost };
}
