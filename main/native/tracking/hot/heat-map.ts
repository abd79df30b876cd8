import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { BLOCK_PAGES, BLOCKS_PER_TILE, HeatWords } from './heat-words.ts';
import { quietRuns, type BlockRun } from './quiet-runs.ts';
import { TileHeat } from './tile-heat.ts';

/** Maximum number of tiles (128 GiB) that are observed; about 700 bytes each. */
const MAX_TILES = 65_536;
/** Approximate number of ranges armed in one sample: each is a system call and a TLB flush. */
const ARMED_RUNS = 16;
/** In how many of the last eight intervals a page of a block must have been written for the block to be hot. */
const MIN_INTERVALS = 3;

/** Visits a part of a range: quiet or not, and whether a quiet one is to be armed now. */
type VisitPart = (from: number, to: number, quiet: boolean, arm: boolean) => void;

/** Which blocks are written how often, and which of them are quiet. Block numbers run through the address space. */
export class HeatMap {
  private readonly tiles = new Map<number, TileHeat>();
  private readonly memory = new HeatWords();
  private readonly canRest: (start: number, end: number) => boolean;
  private runs: readonly BlockRun[] = [];
  /** Neighbouring blocks that are armed in the same sample. */
  private together = 1;
  private firstEvery = 1;
  /** The last requested tile: pages come in order, so it is mostly the next one too. */
  private lastTile = -1;
  private lastHeat: TileHeat | undefined;

  /** @param canRest whether parts of these pages can be armed by themselves */
  constructor(canRest: (start: number, end: number) => boolean) {
    this.canRest = canRest;
  }

  get anyQuiet(): boolean {
    return this.runs.length > 0;
  }

  /** The greatest number of samples in which a quiet block is armed once; 1 if there is none. */
  get every(): number {
    let every = 1;
    this.forEachQuiet((heat, block) => (every = Math.max(every, 2 ** heat.every(block))));
    return every;
  }

  /** Pages `start` … `end` - 1 were written in this interval. */
  note(start: number, end: number): void {
    for (let page = start; page < end;) {
      const tile = tileOfPage(page);
      const base = tile * PAGES_PER_TILE;
      const stop = Math.min(end, base + PAGES_PER_TILE);
      this.notePart(tile, page - base, stop - base);
      page = stop;
    }
  }

  /** Like `note`, for pages `from` … `to` - 1 of a tile. */
  notePart(tile: number, from: number, to: number): void {
    this.tileAt(tile)?.note(from, to);
  }

  /** Pages `start` … `end` - 1 of quiet blocks stay unarmed. */
  use(start: number, end: number): void {
    this.mark(start, end, (heat, bit) => (heat.used |= bit));
  }

  /** Pages `start` … `end` - 1 of quiet blocks were armed. */
  arm(start: number, end: number): void {
    this.mark(start, end, (heat, bit) => (heat.taken |= bit));
  }

  /** Cuts pages `start` … `end` - 1 into parts in quiet blocks and others, ascending. @param index of the sample */
  forEachPart(start: number, end: number, index: number, visit: VisitPart): void {
    let at = start;
    for (let i = this.firstRun(start); i < this.runs.length && at < end; i++) {
      const run = this.runs[i];
      if (run.start * BLOCK_PAGES >= end) break;
      const first = Math.max(at, run.start * BLOCK_PAGES);
      if (first > at) visit(at, first, false, false);
      at = this.partsOfRun(first, Math.min(end, run.end * BLOCK_PAGES), index, visit);
    }
    if (at < end) visit(at, end, false, false);
  }

  /** Ends a sample. Returns the faults that it caused. */
  fold(maxEvery: number): number {
    let faults = 0;
    let woken = false;
    this.tiles.forEach((heat, tile) => {
      const { quiet } = heat;
      faults += heat.fold(maxEvery);
      if (quiet !== heat.quiet) woken = true;
      if (!heat.cold) return;
      this.memory.release(heat.at);
      this.tiles.delete(tile);
    });
    this.lastTile = -1;
    if (woken) this.rebuild([]);
    return faults;
  }

  /** Pages written in interval after interval, in one of them, if all blocks were armed in every sample. */
  get rate(): number {
    let rate = 0;
    for (const heat of this.tiles.values()) if (heat.rated !== 0) rate += heat.ratedPages;
    return rate;
  }

  /**
   * Makes the hottest blocks quiet until at most `leave` pages an interval are written again in the others. All blocks that
   * are not quiet must be armed now. They will be armed every 2^`firstEvery` samples at first.
   */
  rest(leave: number, firstEvery: number): void {
    this.firstEvery = firstEvery;
    const found: { block: number; rate: number }[] = [];
    let left = 0;
    for (const [tile, heat] of this.tiles) {
      forEachBit(heat.rated & ~heat.quiet, (block) => {
        left += heat.rate(block);
        if (heat.intervals(block) < MIN_INTERVALS) return;
        found.push({ block: tile * BLOCKS_PER_TILE + block, rate: heat.rate(block) });
      });
    }
    found.sort((a, b) => b.rate - a.rate);
    const fits = new Map<number, boolean>();
    const selected: number[] = [];
    for (const { block, rate } of found) {
      if (left <= leave) break;
      const tile = Math.floor(block / BLOCKS_PER_TILE);
      let fit = fits.get(tile);
      if (fit === undefined) {
        fit = this.canRest(tile * PAGES_PER_TILE, (tile + 1) * PAGES_PER_TILE);
        fits.set(tile, fit);
      }
      if (!fit) continue;
      left -= rate;
      selected.push(block);
    }
    if (selected.length > 0) this.rebuild(selected);
  }

  /** All quiet blocks are armed permanently by the next sample that visits them. */
  wakeAll(): void {
    for (const heat of this.tiles.values()) heat.leaving = heat.quiet;
  }

  /** Resets the counts; no block may be quiet. */
  forget(): void {
    this.tiles.clear();
    this.memory.clear();
    this.lastTile = -1;
  }

  /** Removes quiet blocks outside `tracked` (ascending), each with `forget`. */
  retain(tracked: readonly PageRange[], forget: (start: number, end: number) => void): void {
    let i = 0;
    let changed = false;
    this.forEachQuiet((heat, block, number) => {
      const start = number * BLOCK_PAGES;
      while (i < tracked.length && tracked[i].end <= start) i++;
      if (i < tracked.length && tracked[i].start < start + BLOCK_PAGES) return;
      heat.wake(block);
      heat.forget(block);
      forget(start, start + BLOCK_PAGES);
      changed = true;
    });
    if (changed) this.rebuild([]);
  }

  private partsOfRun(start: number, end: number, index: number, visit: VisitPart): number {
    let from = start;
    let arming = false;
    for (let page = start; page < end; page += BLOCK_PAGES - (page % BLOCK_PAGES)) {
      const heat = this.tiles.get(tileOfPage(page));
      const phase = Math.floor(page / BLOCK_PAGES / this.together);
      const arm = heat !== undefined && heat.due(blockOf(page), index, phase);
      if (page > from && arm !== arming) {
        visit(from, page, true, arming);
        from = page;
      }
      arming = arm;
    }
    if (end > from) visit(from, end, true, arming);
    return end;
  }

  /** Finds the runs of all quiet blocks and of those in `selected`, which become quiet with the gaps that are filled. */
  private rebuild(selected: readonly number[]): void {
    const weights = new Map<number, number>();
    for (const block of selected) weights.set(block, this.rateOf(block));
    // What is quiet already can be dropped only by arming it.
    this.forEachQuiet((_heat, _block, number) => weights.set(number, Infinity));
    const order = [...weights.keys()].sort((a, b) => a - b);
    const { kept, dropped } = quietRuns(order, (block) => weights.get(block) ?? 0);
    const leaving: BlockRun[] = [];
    for (const run of dropped) {
      if (run.weight < Infinity) continue;
      leaving.push(run);
      for (let block = run.start; block < run.end; block++) this.leave(block);
    }
    let quiet = 0;
    for (const run of kept) {
      for (let block = run.start; block < run.end; block++) this.quieten(block);
      quiet += run.end - run.start;
    }
    this.runs = [...kept, ...leaving].sort((a, b) => a.start - b.start);
    this.together = Math.max(1, Math.ceil(quiet / ARMED_RUNS / this.every));
  }

  private quieten(block: number): void {
    const heat = this.tileAt(Math.floor(block / BLOCKS_PER_TILE));
    const bit = block % BLOCKS_PER_TILE;
    if (heat && (heat.quiet & (1 << bit)) === 0) heat.rest(bit, this.firstEvery);
  }

  /** Block `block` is armed permanently by the next sample. */
  private leave(block: number): void {
    const heat = this.tiles.get(Math.floor(block / BLOCKS_PER_TILE));
    if (!heat) return;
    this.quieten(block);
    heat.leaving |= 1 << (block % BLOCKS_PER_TILE);
  }

  private rateOf(block: number): number {
    return this.tiles.get(Math.floor(block / BLOCKS_PER_TILE))?.rate(block % BLOCKS_PER_TILE) ?? 0;
  }

  /** Quiet blocks, ascending. */
  private forEachQuiet(visit: (heat: TileHeat, block: number, number: number) => void): void {
    const order = [...this.tiles].filter(([, heat]) => heat.quiet !== 0).sort((a, b) => a[0] - b[0]);
    for (const [tile, heat] of order) {
      for (let block = 0; block < BLOCKS_PER_TILE; block++) {
        if ((heat.quiet & (1 << block)) !== 0) visit(heat, block, tile * BLOCKS_PER_TILE + block);
      }
    }
  }

  private mark(start: number, end: number, set: (heat: TileHeat, bit: number) => void): void {
    for (let page = start; page < end; page += BLOCK_PAGES - (page % BLOCK_PAGES)) {
      const heat = this.tiles.get(tileOfPage(page));
      const bit = 1 << blockOf(page);
      if (heat && (heat.quiet & bit) !== 0) set(heat, bit);
    }
  }

  private tileAt(tile: number): TileHeat | undefined {
    if (tile === this.lastTile) return this.lastHeat;
    let heat = this.tiles.get(tile);
    if (!heat && this.tiles.size < MAX_TILES) this.tiles.set(tile, (heat = new TileHeat(this.memory)));
    this.lastTile = tile;
    this.lastHeat = heat;
    return heat;
  }

  /** The first run that ends after page `start`. */
  private firstRun(start: number): number {
    let low = 0;
    let high = this.runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.runs[middle].end * BLOCK_PAGES <= start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const blockOf = (page: number) => Math.floor(page / BLOCK_PAGES) % BLOCKS_PER_TILE;

function forEachBit(mask: number, visit: (bit: number) => void): void {
  for (let rest = mask; rest !== 0; rest &= rest - 1) visit(31 - Math.clz32(rest & -rest));
}
