import { PAGES_PER_TILE } from '#shared/memory/page.ts';

/** Pages of a block: what is armed or left unarmed together. */
export const BLOCK_PAGES = 16;
export const BLOCKS_PER_TILE = PAGES_PER_TILE / BLOCK_PAGES;

/** Part of the difference that a mean moves by in one interval. */
const WEIGHT = 0.25;

/** What is known of how often the 32 blocks of a tile are written. Masks have bit b for block b. */
export class TileHeat {
  /** Pages that were reported written in the present sample. */
  readonly now = new Uint8Array(BLOCKS_PER_TILE);
  /** Moving mean of the pages written in one interval. */
  readonly rate = new Float32Array(BLOCKS_PER_TILE);
  /** One bit for each of the last eight intervals in which it was known: whether a page was written. The latest is bit 0. */
  readonly history = new Uint8Array(BLOCKS_PER_TILE);
  /** Of a quiet block: it is armed every 2^n samples. */
  readonly every = new Uint8Array(BLOCKS_PER_TILE);
  /** Blocks that are not armed in each sample. */
  quiet = 0;
  /** Quiet blocks that the last sample armed: the next one knows what was written in all of their pages. */
  armed = 0;
  /** Quiet blocks with a page that was written since they were armed last. */
  used = 0;
  /** Quiet blocks that the next sample arms for good. */
  leaving = 0;
  /** Quiet blocks that the present sample armed. */
  taken = 0;

  note(block: number, pages: number): void {
    this.now[block] += pages;
  }

  /**
   * Ends a sample; blocks that were armed in it are quiet for at most 2^`maxEvery` samples now, or no more where nothing
   * was written since they were armed before. Returns how many of the written pages had been armed, judged by whether
   * their block was written lately: a page that is touched for the first time faults anyway.
   */
  fold(maxEvery: number): number {
    let faults = 0;
    for (let block = 0; block < BLOCKS_PER_TILE; block++) {
      const pages = this.now[block];
      const bit = 1 << block;
      const quiet = (this.quiet & bit) !== 0;
      if (pages > 0 && (quiet || this.history[block] !== 0)) faults += pages;
      if (!quiet || (this.armed & bit) !== 0) {
        this.history[block] = (this.history[block] << 1) | (pages > 0 ? 1 : 0);
        this.rate[block] += (pages - this.rate[block]) * WEIGHT;
      }
      this.now[block] = 0;
      if ((this.taken & bit) === 0) continue;
      if ((this.used & ~this.leaving & bit) === 0) this.wake(block);
      else this.every[block] = Math.min(this.every[block] + 1, maxEvery);
    }
    this.used &= ~this.taken;
    this.armed = this.taken & this.quiet;
    this.taken = 0;
    return faults;
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
    return this.quiet === 0 && this.history.every((bits) => bits === 0);
  }
}
