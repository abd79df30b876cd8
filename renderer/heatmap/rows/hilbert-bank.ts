import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import type { FrameStore } from '../../data/frame-store.ts';
import { SHOWN_PLANES } from '../../data/shown-events.ts';
import { countBetween } from '../../data/written-sets.ts';
import { cellOf, stepAt } from '../geometry/hilbert.ts';
import type { HilbertLayout } from '../geometry/hilbert-layout.ts';
import { ENTRY_PLANES, GROUP_WORDS, MAPPED, PAINTED_PLANES, ROW_PAGES, ROW_WORDS } from './packed-row.ts';
import type { RowBank } from './row-batch.ts';

/** Apart from the numbers of other banks that share a painter's cache. */
let generations = 2 ** 30;

/**
 * Rows of a Hilbert square as the painters take them: row y has the cells (x, y) for up to 512 x from `left` on. From
 * afar a cell of a row joins a square of 4^`joined` cells, which is a run of pages: none is hidden.
 */
export class HilbertBank implements RowBank {
  readonly kind = 'strips';
  generation = ++generations;
  private readonly frames: FrameStore;
  private layout: HilbertLayout | null = null;
  private joined = 0;
  private left = 0;
  private rows = 0;
  private planes = new Uint32Array(0);
  private times = new Uint32Array(0);
  private versions = new Float64Array(0);
  /** Version for which a row was made; 0: never. */
  private made = new Float64Array(0);
  private clock = 1;
  private readonly cell = { x: 0, y: 0 };

  constructor(frames: FrameStore) {
    this.frames = frames;
  }

  /** @param joined cells joined in one, as a power of 4  @param left first column, in joined cells */
  show(layout: HilbertLayout, joined: number, left: number): void {
    if (layout === this.layout && joined === this.joined && left === this.left) return;
    this.layout = layout;
    this.joined = joined;
    this.left = left;
    const rows = Math.max(1, layout.side / 2 ** joined);
    if (rows > this.rows) {
      this.planes = new Uint32Array(rows * ROW_WORDS);
      this.times = new Uint32Array(rows * ROW_PAGES);
      this.versions = new Float64Array(rows);
      this.made = new Float64Array(rows);
    }
    this.rows = rows;
    this.versions.fill(++this.clock);
    this.made.fill(0);
    this.generation = ++generations;
  }

  /** Every row is made again: changes were not reported meanwhile. */
  forget(): void {
    this.layout = null;
  }

  /** Marks the rows that show pages of `tile` as changed. */
  touch(tile: number): void {
    const { layout, joined } = this;
    if (!layout) return;
    const { vma, order } = layout;
    const base = tile * PAGES_PER_TILE;
    const first = Math.max(vma.start, base);
    const end = Math.min(vma.end, base + PAGES_PER_TILE);
    const step = 4 ** joined;
    this.clock++;
    // A run of pages that are joined in one cell may begin before the tile.
    for (let d = Math.floor((first - vma.start) / step) * step; d < end - vma.start; d += step) {
      cellOf(order, d, this.cell);
      this.versions[Math.floor(this.cell.y / 2 ** joined)] = this.clock;
    }
  }

  version(slot: number): number {
    return this.versions[slot] ?? 0;
  }

  copy(slot: number, planes: Uint32Array, planesAt: number, times: Uint32Array, timesAt: number): void {
    if (this.made[slot] !== this.versions[slot]) this.make(slot);
    planes.set(this.planes.subarray(slot * ROW_WORDS, (slot + 1) * ROW_WORDS), planesAt);
    times.set(this.times.subarray(slot * ROW_PAGES, (slot + 1) * ROW_PAGES), timesAt);
  }

  private make(row: number): void {
    const { layout, joined, left, planes, times } = this;
    if (!layout) return;
    this.made[row] = this.versions[row] ?? 0;
    planes.fill(0, row * ROW_WORDS, (row + 1) * ROW_WORDS);
    times.fill(0, row * ROW_PAGES, (row + 1) * ROW_PAGES);
    const { vma, order, side } = layout;
    const run = 4 ** joined;
    const across = Math.min(ROW_PAGES, side / 2 ** joined - left);
    for (let x = 0; x < across; x++) {
      const d = stepAt(order, (left + x) * 2 ** joined, row * 2 ** joined);
      const start = vma.start + Math.floor(d / run) * run;
      const end = Math.min(vma.end, start + run);
      if (start >= end) continue;
      const mask = this.join(start, end, row * ROW_PAGES + x, vma.softDirty) | (1 << MAPPED);
      const word = row * ROW_WORDS + (x >>> 5) * GROUP_WORDS;
      for (let plane = 0; plane < GROUP_WORDS; plane++) {
        if ((mask & (1 << plane)) !== 0) planes[word + plane] = (planes[word + plane] ?? 0) | (1 << (x & 31));
      }
    }
  }

  /** Planes of pages `start` … `end` - 1 as one mask; the latest of their times goes to `timeAt`. */
  private join(start: number, end: number, timeAt: number, softDirty: boolean): number {
    const { table, tiles, events } = this.frames;
    let mask = 0;
    let latest = 0;
    for (let page = start; page < end;) {
      const tile = Math.floor(page / PAGES_PER_TILE);
      const from = page - tile * PAGES_PER_TILE;
      const to = Math.min(PAGES_PER_TILE, end - tile * PAGES_PER_TILE);
      const known = tiles.find(tile);
      mask |= known < 0 ? 0 : this.masksOf(tiles, known, from, to, softDirty);
      if (known < 0 && softDirty) mask |= 1 << Plane.Fresh;
      const slot = table.find(tile);
      mask |= maskOfEvents(events.of(slot), from, to);
      const row = this.frames.mapTimes(slot);
      if (row) for (let i = from; i < to; i++) if ((row[i] ?? 0) > latest) latest = row[i] ?? 0;
      page = tile * PAGES_PER_TILE + to;
    }
    this.times[timeAt] = latest;
    return mask;
  }

  private masksOf(tiles: TileSet, slot: number, from: number, to: number, softDirty: boolean): number {
    const { words, planeWords } = tiles;
    const at = tiles.offset(slot, 0);
    let mask = 0;
    for (let w = from >>> 5; w * 32 < to; w++) {
      const head = from > w * 32 ? -1 << (from - w * 32) : -1;
      const tail = to < w * 32 + 32 ? (1 << (to - w * 32)) - 1 : -1;
      const bits = head & tail;
      const fresh = words[at + Plane.Fresh * planeWords + w] ?? 0;
      let entries = 0;
      for (let plane = 0; plane < PAINTED_PLANES; plane++) {
        const own = plane === Plane.Written ? ~fresh : -1;
        const word = (words[at + plane * planeWords + w] ?? 0) & own & bits;
        if (word !== 0) mask |= 1 << plane;
        if ((ENTRY_PLANES & (1 << plane)) !== 0) entries |= word;
      }
      if (softDirty && (bits & ~entries) !== 0) mask |= 1 << Plane.Fresh;
    }
    return mask;
  }
}

/** Bit p is set if one of pages `from` … `to` - 1 of a tile shows event plane p. */
function maskOfEvents(shown: Uint32Array | null, from: number, to: number): number {
  let mask = 0;
  if (!shown) return mask;
  for (let event = 0; event < SHOWN_PLANES; event++) {
    if (countBetween(shown.subarray(event * WORDS_PER_TILE), from, to) > 0)
      mask |= 1 << (Plane.Touched + event);
  }
  return mask;
}
