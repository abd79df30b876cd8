import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { type Vma, firstEndingAfter } from '#shared/memory/vma.ts';
import { type Camera, type Viewport } from '../geometry/camera.ts';
import {
  type BandLayout,
  forEachPart,
  scaleOf,
  type Segment,
  separatorHeight,
} from '../geometry/band-layout.ts';
import { type LevelNode, type Levels, TOP_LEVEL, tilesPerNode } from './levels.ts';
import { freshHoles, maxTimes, orPlanes, ROW_PAGES, ROW_WORDS, setMapped } from './packed-row.ts';
import { type RowBank, type RowBatch, RowFlag } from './row-batch.ts';

/** Strips of a view, counted from its top: `count` from `first` on, and from the top after the last. */
export interface StripPart {
  readonly first: number;
  readonly count: number;
}

/** How a view is composed. */
interface Composition {
  /**
   * Strips that alone are brought up to date, and count as changed, so that they are painted again; the others stay as
   * they are. Default: those that changed
   */
  readonly part?: StripPart | null;
  /** Device pixels that a strip is high; default 1. */
  readonly lines?: number;
}

/**
 * The zoomed-out map: a strip is one device pixel high, or a few while the view zooms, and joins all rows that touch it,
 * column by column, so that a single written page among millions still has its pixel. Only strips whose rows changed
 * are put together again.
 */
export class StripBank implements RowBank {
  readonly kind = 'strips';
  generation = 0;
  private planes = new Uint32Array(0);
  private times = new Uint32Array(0);
  private versions = new Uint32Array(0);
  private untracked = new Uint8Array(0);
  private stale = new Uint8Array(0);
  /** Which strip of the whole map a slot holds; strip k is at slot k modulo `capacity`. -1: none. */
  private owner = new Float64Array(0);
  private capacity = 0;
  private clock = 0;
  private layout: BandLayout | null = null;
  private row = 0;
  private ratio = 1;

  version(slot: number): number {
    return this.versions[slot] ?? 0;
  }

  copy(slot: number, planes: Uint32Array, planesAt: number, times: Uint32Array, timesAt: number): void {
    planes.set(this.planes.subarray(slot * ROW_WORDS, (slot + 1) * ROW_WORDS), planesAt);
    times.set(this.times.subarray(slot * ROW_PAGES, (slot + 1) * ROW_PAGES), timesAt);
  }

  /** Marks the strips that show `tile` as stale. */
  touch(tile: number): void {
    const { layout, row, ratio, capacity } = this;
    const segment = layout?.segmentOfTile(tile);
    if (!layout || !segment || capacity === 0) return;
    // A strip may show this tile by a node that joins it with others: all rows that such a node has count.
    const size = tilesPerNode(levelOf(1 / (row * ratio)));
    const start = Math.floor(tile / size) * size;
    const top = layout.top(segment, scaleOf(row));
    const first = Math.max(0, Math.floor((top + (start - segment.firstTile) * row) * ratio - EDGE));
    const last = Math.ceil((top + (start + size - segment.firstTile) * row) * ratio + EDGE);
    for (let strip = first; strip < last; strip++) {
      const slot = strip % capacity;
      if (this.owner[slot] === strip) this.stale[slot] = 1;
    }
  }

  /** Every strip is made again when it is next in view: changes were not reported meanwhile. */
  forget(): void {
    this.owner.fill(-1);
  }

  /**
   * Brings the strips of the view up to date and fills `batch` with them. `camera.y` is a whole device pixel, or is taken
   * as the nearest one.
   */
  compose(
    layout: BandLayout,
    levels: Levels,
    camera: Camera,
    view: Viewport,
    ratio: number,
    batch: RowBatch,
    { part = null, lines = 1 }: Composition = {},
  ): void {
    const top = Math.round(camera.y * ratio);
    const first = Math.floor(top / lines);
    const count = Math.max(0, Math.ceil((top + Math.round(view.height * ratio)) / lines) - first);
    if (count > this.capacity) this.resize(count * 2);
    if (layout !== this.layout || ratio / lines !== this.ratio || camera.row !== this.row) {
      this.forget();
      this.layout = layout;
      this.row = camera.row;
      this.ratio = ratio / lines;
    }
    batch.clear();
    for (let i = 0; i < count; i++) {
      const strip = first + i;
      const slot = strip % this.capacity;
      const inPart = part === null || (i - part.first + count) % count < part.count;
      if (this.owner[slot] !== strip || (inPart && this.stale[slot] === 1)) {
        this.owner[slot] = strip;
        this.stale[slot] = 0;
        this.join(strip, slot, layout, levels);
      } else if (inPart && part !== null) {
        this.versions[slot] = ++this.clock;
      }
      const flags = RowFlag.Joined | (this.untracked[slot] === 1 ? RowFlag.Untracked : 0);
      batch.push(strip * lines - top, lines, slot, 0, PAGES_PER_TILE, flags);
    }
  }

  private resize(capacity: number): void {
    this.planes = new Uint32Array(capacity * ROW_WORDS);
    this.times = new Uint32Array(capacity * ROW_PAGES);
    this.versions = new Uint32Array(capacity);
    this.untracked = new Uint8Array(capacity);
    this.stale = new Uint8Array(capacity);
    this.owner = new Float64Array(capacity).fill(-1);
    this.capacity = capacity;
    this.generation++;
  }

  private join(strip: number, slot: number, layout: BandLayout, levels: Levels): void {
    const { row, ratio } = this;
    this.versions[slot] = ++this.clock;
    this.planes.fill(0, slot * ROW_WORDS, (slot + 1) * ROW_WORDS);
    this.times.fill(0, slot * ROW_PAGES, (slot + 1) * ROW_PAGES);
    const scale = scaleOf(row);
    const top = strip / ratio;
    const bottom = (strip + 1) / ratio;
    let tracked = false;
    for (let s = Math.max(0, layout.segmentAt(top, scale)); s < layout.segments.length; s++) {
      const segment = layout.segments[s];
      if (!segment) break;
      const y = layout.top(segment, scale);
      if (y - separatorHeight(segment, scale) >= bottom) break;
      const first = Math.max(0, Math.floor((top - y) / row));
      const end = Math.min(segment.rows, Math.ceil((bottom - y) / row));
      if (first >= end) continue;
      tracked = this.joinRows(slot, layout, segment, first, end, levels, 1 / (row * ratio)) || tracked;
    }
    this.untracked[slot] = tracked ? 0 : 1;
  }

  /**
   * Joins rows `first` … `end` - 1 of `segment`, by the largest nodes whose error is below one strip.
   * @returns whether writes to any of it can be seen
   */
  private joinRows(
    slot: number,
    layout: BandLayout,
    segment: Segment,
    first: number,
    end: number,
    levels: Levels,
    rowsPerStrip: number,
  ): boolean {
    const { vmas } = layout;
    let tracked = false;
    let tile = segment.firstTile + first;
    const stop = segment.firstTile + end;
    let vma = firstEndingAfter(vmas, tile * PAGES_PER_TILE);
    while (tile < stop) {
      while ((vmas[vma]?.end ?? Infinity) <= tile * PAGES_PER_TILE) vma++;
      const whole = vmas[vma];
      const level = whole ? largestNode(tile, rowsPerStrip, whole) : 0;
      const size = tilesPerNode(level);
      const start = Math.floor(tile / size) * size;
      if (level > 0 && whole) {
        this.joinNode(slot, levels.node(level, start / size), whole);
        tracked ||= whole.tracked;
      } else {
        forEachPart(vmas, vma, start, (part, from, to) => {
          this.joinTile(slot, start, levels, part, from, to);
          tracked ||= part.tracked;
        });
      }
      tile = start + size;
    }
    return tracked;
  }

  private joinTile(slot: number, tile: number, levels: Levels, vma: Vma, from: number, to: number): void {
    const at = slot * ROW_WORDS;
    setMapped(this.planes, at, from, to);
    if (vma.softDirty) freshHoles(levels.node(0, tile)?.planes ?? null, this.planes, at, from, to);
    levels.joinTile(tile, this.planes, at, this.times, slot * ROW_PAGES, from, to);
  }

  private joinNode(slot: number, node: LevelNode | null, vma: Vma): void {
    const at = slot * ROW_WORDS;
    setMapped(this.planes, at, 0, PAGES_PER_TILE);
    if (vma.softDirty) freshHoles(node?.planes ?? null, this.planes, at, 0, PAGES_PER_TILE);
    if (!node) return;
    orPlanes(node.planes, 0, this.planes, at, 0, PAGES_PER_TILE);
    if (node.times) maxTimes(node.times, 0, this.times, slot * ROW_PAGES, 0, PAGES_PER_TILE);
  }
}

/** Tolerance in strips: a border on a strip's edge is computed in two ways. */
const EDGE = 1e-6;

/** The largest level whose node is not higher than a strip. */
function levelOf(rowsPerStrip: number): number {
  let level = 0;
  while (level < TOP_LEVEL && tilesPerNode(level + 1) <= rowsPerStrip) level++;
  return level;
}

/** The largest level whose node around `tile` is entirely in `vma` and is not higher than a strip. */
function largestNode(tile: number, rowsPerStrip: number, vma: Vma): number {
  let level = 0;
  while (level < TOP_LEVEL && tilesPerNode(level + 1) <= rowsPerStrip) {
    const size = tilesPerNode(level + 1);
    const start = Math.floor(tile / size) * size;
    if (start * PAGES_PER_TILE < vma.start || (start + size) * PAGES_PER_TILE > vma.end) break;
    level++;
  }
  return level;
}
