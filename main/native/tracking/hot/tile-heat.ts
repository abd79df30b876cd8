import { popcount, setBits } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';

/** Pages of a block: what is armed or left unarmed together. */
export const BLOCK_PAGES = 16;
export const BLOCKS_PER_TILE = PAGES_PER_TILE / BLOCK_PAGES;

/** Part of the difference that a mean moves by in one interval. */
const WEIGHT = 0.25;
/** A smaller mean is none. */
const MIN_RATE = 0.05;
/** Number of intervals for which written blocks are kept. */
const INTERVALS = 8;
const ALL_BLOCKS = 0xffffffff;

/**
 * How often the 32 blocks of a tile are written. Masks have bit b for block b; the pages of a block are
 * half a word of a plane, so that a tile is brought up to date in some hundred operations on words.
 */
export class TileHeat {
  /** Moving mean of the pages written in one interval that had been written in one of the two before: what arming costs. */
  readonly rate = new Float32Array(BLOCKS_PER_TILE);
  /** Of a quiet block: it is armed every 2^n samples. */
  readonly every = new Uint8Array(BLOCKS_PER_TILE);
  /** Blocks that are not armed in each sample. */
  quiet = 0;
  /** Quiet blocks that the last sample armed: the next one knows what was written in all of their pages. */
  armed = 0;
  /** Quiet blocks with a page that was written since they were armed last. */
  used = 0;
  /** Quiet blocks that the next sample arms permanently. */
  leaving = 0;
  /** Quiet blocks that the present sample armed. */
  taken = 0;
  /** Blocks whose `rate` is not 0. */
  rated = 0;
  /** Pages that were reported written in the present sample, and in the last two intervals in which it was known. */
  private now = new Uint32Array(WORDS_PER_TILE);
  private last = new Uint32Array(WORDS_PER_TILE);
  private before = new Uint32Array(WORDS_PER_TILE);
  /** For each of the last intervals in which it was known, the latest first: blocks of which a page was written. */
  private readonly history = new Uint32Array(INTERVALS);

  /** Pages `from` … `to` - 1 of the tile were written. */
  note(from: number, to: number): void {
    setBits(this.now, 0, from, to);
  }

  /**
   * Ends a sample; blocks that were armed in it are quiet for at most 2^`maxEvery` samples now, or no more where nothing
   * was written since they were armed before. Returns how many of the written pages had been armed, judged by whether
   * their block was written lately: a page that is touched for the first time faults anyway.
   */
  fold(maxEvery: number): number {
    const { now, last, before } = this;
    const lately = this.quiet | this.everWritten();
    let faults = 0;
    let written = 0;
    let again = 0;
    for (let w = 0; w < WORDS_PER_TILE; w++) {
      const word = now[w];
      if (word === 0) continue;
      const blocks = halves(word) << (2 * w);
      written |= blocks;
      if ((word & (last[w] | before[w])) !== 0) again |= blocks;
      const mask = wholeHalves((lately >>> (2 * w)) & 3);
      if (mask !== 0) faults += popcount(word & mask);
    }
    const known = ~this.quiet | this.armed;
    this.follow(known, again);
    this.advance(known, written);
    if ((this.taken | this.armed) !== 0) this.foldTaken(maxEvery);
    return faults;
  }

  /** In how many of the last intervals a page of `block` was written. */
  intervals(block: number): number {
    let count = 0;
    for (let i = 0; i < INTERVALS; i++) count += (this.history[i] >>> block) & 1;
    return count;
  }

  /** Block `block` is quiet from now on, armed every 2^`every` samples at first; its pages are armed. */
  rest(block: number, every: number): void {
    const bit = 1 << block;
    this.quiet |= bit;
    this.armed |= bit;
    this.used &= ~bit;
    this.every[block] = every;
  }

  /** Block `block` is armed in every sample again. */
  wake(block: number): void {
    const rest = ~(1 << block);
    this.quiet &= rest;
    this.armed &= rest;
    this.leaving &= rest;
    this.used &= rest;
  }

  /** Resets the counts of `block`, which must not be quiet. */
  forget(block: number): void {
    const rest = ~(1 << block);
    for (let i = 0; i < INTERVALS; i++) this.history[i] &= rest;
    this.rated &= rest;
    this.rate[block] = 0;
  }

  /** Whether sample number `index` arms quiet block `block`, `phase` samples after those that arm the block of phase 0. */
  due(block: number, index: number, phase: number): boolean {
    const bit = 1 << block;
    if ((this.leaving & bit) !== 0) return true;
    // What was written since the last sample is known in the next one alone.
    if ((this.armed & bit) !== 0) return false;
    return ((index - phase) & ((1 << this.every[block]) - 1)) === 0;
  }

  /** Whether nothing was written lately, so that it can be forgotten. */
  get cold(): boolean {
    return this.quiet === 0 && this.everWritten() === 0;
  }

  /** Blocks that were written in one of the last intervals. */
  private everWritten(): number {
    let any = 0;
    for (let i = 0; i < INTERVALS; i++) any |= this.history[i];
    return any;
  }

  /** Brings the means up to date of the blocks in `known`; `again` were perhaps written as in the intervals before. */
  private follow(known: number, again: number): void {
    const { now, last, before, rate } = this;
    for (let rest = (this.rated | again) & known; rest !== 0; rest &= rest - 1) {
      const block = 31 - Math.clz32(rest & -rest);
      const w = block >>> 1;
      const pages = popcount(now[w] & (last[w] | before[w]) & wholeHalves(1 << (block & 1)));
      rate[block] += (pages - rate[block]) * WEIGHT;
      if (rate[block] >= MIN_RATE) this.rated |= 1 << block;
      else {
        rate[block] = 0;
        this.rated &= ~(1 << block);
      }
    }
  }

  /** The present interval becomes the last one, for the blocks in `known`. */
  private advance(known: number, written: number): void {
    const { history, now, last, before } = this;
    for (let i = INTERVALS - 1; i > 0; i--) history[i] = (history[i] & ~known) | (history[i - 1] & known);
    history[0] = (history[0] & ~known) | (written & known);
    if (known >>> 0 !== ALL_BLOCKS) {
      for (let w = 0; w < WORDS_PER_TILE; w++) {
        const mask = wholeHalves((known >>> (2 * w)) & 3);
        before[w] = (before[w] & ~mask) | (last[w] & mask);
        last[w] = (last[w] & ~mask) | (now[w] & mask);
      }
      now.fill(0);
      return;
    }
    this.before = last;
    this.last = now;
    this.now = before;
    before.fill(0);
  }

  private foldTaken(maxEvery: number): void {
    for (let rest = this.taken; rest !== 0; rest &= rest - 1) {
      const bit = rest & -rest;
      const block = 31 - Math.clz32(bit);
      if ((this.used & ~this.leaving & bit) === 0) this.wake(block);
      else this.every[block] = Math.min(this.every[block] + 1, maxEvery);
    }
    this.used &= ~this.taken;
    this.armed = this.taken & this.quiet;
    this.taken = 0;
  }
}

/** Bit 0: the low half of `word` has a bit set; bit 1: the high half. */
const halves = (word: number) => ((word & 0xffff) !== 0 ? 1 : 0) | (word >>> 16 !== 0 ? 2 : 0);

/** The reverse: a word with all bits of those halves. */
const wholeHalves = (bits: number) => ((bits & 1) !== 0 ? 0xffff : 0) | ((bits & 2) !== 0 ? 0xffff0000 : 0);
