import { popcount, setBits } from '#shared/memory/bitmap.ts';
import { WORDS_PER_TILE } from '#shared/memory/page.ts';
import { EVERY, HISTORY, INTERVALS, RATES, type HeatWords } from './heat-words.ts';

/** Part of the difference that a mean moves by in one interval. */
const WEIGHT = 0.25;
/** A smaller mean counts as 0. */
const MIN_RATE = 0.05;
const ALL_BLOCKS = 0xffffffff;

/**
 * How often the 32 blocks of a tile are written. Masks have bit b for block b; the pages of a block are
 * half a word of a plane, so that a tile is brought up to date in some hundred operations on words.
 */
export class TileHeat {
  /** Blocks that are not armed in each sample. */
  quiet = 0;
  /** Quiet blocks that the last sample armed: the next one knows what was written in all of their pages. */
  armed = 0;
  /** Quiet blocks with a page that was written since they were armed last. */
  used = 0;
  /** Quiet blocks that the next sample arms permanently. */
  leaving = 0;
  /** Quiet blocks that the current sample armed. */
  taken = 0;
  /** Blocks whose `rate` is not 0. */
  rated = 0;
  /** Where its words begin. */
  readonly at: number;
  private readonly memory: HeatWords;
  /** Where pages are that were reported written in the current sample, and in the last two intervals in which it was known. */
  private now: number;
  private last: number;
  private before: number;

  constructor(memory: HeatWords) {
    this.memory = memory;
    this.at = memory.take();
    this.now = this.at;
    this.last = this.at + WORDS_PER_TILE;
    this.before = this.at + 2 * WORDS_PER_TILE;
  }

  /** Moving mean of the pages written in one interval that had been written in one of the two before: what arming costs. */
  rate(block: number): number {
    return this.memory.rates[this.at + RATES + block];
  }

  /** The exponent n: a quiet block is armed every 2^n samples. */
  every(block: number): number {
    return this.memory.bytes[4 * (this.at + EVERY) + block];
  }

  /** Pages `from` … `to` - 1 of the tile were written. */
  note(from: number, to: number): void {
    // By far the most frequent case.
    if (to === from + 1) this.memory.words[this.now + (from >>> 5)] |= 1 << (from & 31);
    else setBits(this.memory.words, this.now, from, to);
  }

  /**
   * Ends a sample; blocks that were armed in it are quiet for at most 2^`maxEvery` samples now, or no more if nothing
   * was written since they were armed before. Returns how many of the written pages had been armed, judged by whether
   * their block was written lately: a page that is touched for the first time faults anyway.
   */
  fold(maxEvery: number): number {
    const { now, last, before } = this;
    const { words } = this.memory;
    const lately = this.quiet | this.everWritten();
    let faults = 0;
    let written = 0;
    let again = 0;
    for (let w = 0; w < WORDS_PER_TILE; w++) {
      const word = words[now + w];
      if (word === 0) continue;
      const blocks = halves(word) << (2 * w);
      written |= blocks;
      if ((word & (words[last + w] | words[before + w])) !== 0) again |= blocks;
      const mask = wholeHalves((lately >>> (2 * w)) & 3);
      if (mask !== 0) faults += popcount(word & mask);
    }
    const known = ~this.quiet | this.armed;
    this.follow(known, again);
    this.advance(known, written);
    if ((this.taken | this.armed) !== 0) this.foldTaken(maxEvery);
    return faults;
  }

  /** The sum of `rate`. */
  get ratedPages(): number {
    let pages = 0;
    for (let rest = this.rated; rest !== 0; rest &= rest - 1)
      pages += this.rate(31 - Math.clz32(rest & -rest));
    return pages;
  }

  /** In how many of the last intervals a page of `block` was written. */
  intervals(block: number): number {
    let count = 0;
    const { words } = this.memory;
    for (let i = 0; i < INTERVALS; i++) count += (words[this.at + HISTORY + i] >>> block) & 1;
    return count;
  }

  /** Block `block` is quiet from now on, armed every 2^`every` samples at first; its pages are armed. */
  rest(block: number, every: number): void {
    const bit = 1 << block;
    this.quiet |= bit;
    this.armed |= bit;
    this.used &= ~bit;
    this.setEvery(block, every);
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
    const { words, rates } = this.memory;
    for (let i = 0; i < INTERVALS; i++) words[this.at + HISTORY + i] &= rest;
    this.rated &= rest;
    rates[this.at + RATES + block] = 0;
  }

  /** Whether sample number `index` arms quiet block `block`, `phase` samples after those that arm the block of phase 0. */
  due(block: number, index: number, phase: number): boolean {
    const bit = 1 << block;
    if ((this.leaving & bit) !== 0) return true;
    // What was written since the last sample is known in the next one alone.
    if ((this.armed & bit) !== 0) return false;
    return ((index - phase) & ((1 << this.every(block)) - 1)) === 0;
  }

  /** Whether nothing was written lately, so that it can be forgotten. */
  get cold(): boolean {
    return this.quiet === 0 && this.everWritten() === 0;
  }

  /** Blocks that were written in one of the last intervals. */
  private everWritten(): number {
    const { words } = this.memory;
    let any = 0;
    for (let i = 0; i < INTERVALS; i++) any |= words[this.at + HISTORY + i];
    return any;
  }

  private setEvery(block: number, every: number): void {
    this.memory.bytes[4 * (this.at + EVERY) + block] = every;
  }

  /** Brings the means up to date of the blocks in `known`; `again` were perhaps written as in the intervals before. */
  private follow(known: number, again: number): void {
    const { now, last, before } = this;
    const { words, rates } = this.memory;
    for (let rest = (this.rated | again) & known; rest !== 0; rest &= rest - 1) {
      const block = 31 - Math.clz32(rest & -rest);
      const w = block >>> 1;
      const earlier = words[last + w] | words[before + w];
      const pages = popcount(words[now + w] & earlier & wholeHalves(1 << (block & 1)));
      const at = this.at + RATES + block;
      rates[at] += (pages - rates[at]) * WEIGHT;
      if (rates[at] >= MIN_RATE) this.rated |= 1 << block;
      else {
        rates[at] = 0;
        this.rated &= ~(1 << block);
      }
    }
  }

  /** The current interval becomes the last one, for the blocks in `known`. */
  private advance(known: number, written: number): void {
    const { now, last, before } = this;
    const { words } = this.memory;
    const first = this.at + HISTORY;
    for (let i = first + INTERVALS - 1; i > first; i--)
      words[i] = (words[i] & ~known) | (words[i - 1] & known);
    words[first] = (words[first] & ~known) | (written & known);
    if (known >>> 0 !== ALL_BLOCKS) {
      for (let w = 0; w < WORDS_PER_TILE; w++) {
        const mask = wholeHalves((known >>> (2 * w)) & 3);
        words[before + w] = (words[before + w] & ~mask) | (words[last + w] & mask);
        words[last + w] = (words[last + w] & ~mask) | (words[now + w] & mask);
        words[now + w] = 0;
      }
      return;
    }
    this.before = last;
    this.last = now;
    this.now = before;
    for (let w = 0; w < WORDS_PER_TILE; w++) words[before + w] = 0;
  }

  private foldTaken(maxEvery: number): void {
    for (let rest = this.taken; rest !== 0; rest &= rest - 1) {
      const bit = rest & -rest;
      const block = 31 - Math.clz32(bit);
      if ((this.used & ~this.leaving & bit) === 0) this.wake(block);
      else this.setEvery(block, Math.min(this.every(block) + 1, maxEvery));
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
