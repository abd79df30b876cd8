import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { type Camera, type Viewport } from './camera.ts';
import { firstEndingAfter } from '../session/vma-summary.ts';
import { type BandLayout, forEachPart, scaleOf, type Segment, separatorHeight } from './layout.ts';
import { type LevelNode, type Levels, TOP_LEVEL, tilesPerNode } from './levels.ts';
import { freshHoles, maxTimes, orPlanes, ROW_PAGES, ROW_WORDS, setMapped } from './packed-row.ts';
import { type RowBank, type RowBatch, RowFlag } from './scene.ts';

/**
 * The map from afar: a strip is one device pixel high and joins all rows that touch it, column by column, so that a
 * single written page among millions still has its pixel. Only strips whose rows changed are put together again.
 */
export class StripBank implements RowBank {
  readonly kind = 'strips';
  generation = 0;
  private planes = new Uint32Array(0);
  private times = new Uint32Array(0);
  private versions = new Uint32Array(0);
  private untracked = new Uint8Array(0);
  private stale = new Uint8Array(0);
  private count = 0;
  private clock = 0;
  private layout: BandLayout | null = null;
  private camera: Camera | null = null;
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
    const { layout, camera } = this;
    const segment = layout?.segmentOfTile(tile);
    if (!layout || !camera || !segment) return;
    const scale = scaleOf(camera.row);
    const y = layout.top(segment, scale) + (tile - segment.firstTile) * scale.row - camera.y;
    // A node that joins this tile with others may reach into the strips above and below.
    const first = Math.max(0, Math.floor(y * this.ratio) - 1);
    const last = Math.min(this.count, Math.ceil((y + scale.row) * this.ratio) + 1);
    for (let strip = first; strip < last; strip++) {
      this.stale[strip] = 1;
    }
  }

  /** Brings the strips of the view up to date and fills `batch` with them. */
  compose(
    layout: BandLayout,
    levels: Levels,
    camera: Camera,
    view: Viewport,
    ratio: number,
    batch: RowBatch,
  ): void {
    const count = Math.max(0, Math.round(view.height * ratio));
    const same = this.camera;
    if (
      layout !== this.layout ||
      ratio !== this.ratio ||
      same?.row !== camera.row ||
      same.y !== camera.y ||
      count !== this.count
    ) {
      this.resize(count);
      this.layout = layout;
      this.camera = camera;
      this.ratio = ratio;
      this.stale.fill(1);
    }
    batch.clear();
    for (let strip = 0; strip < count; strip++) {
      if (this.stale[strip] === 1) this.join(strip, layout, levels, camera, ratio);
      const flags = RowFlag.Joined | (this.untracked[strip] === 1 ? RowFlag.Untracked : 0);
      batch.push(strip, 1, strip, 0, PAGES_PER_TILE, flags);
    }
    this.stale.fill(0);
  }

  private resize(count: number): void {
    if (count > this.stale.length) {
      this.planes = new Uint32Array(count * ROW_WORDS);
      this.times = new Uint32Array(count * ROW_PAGES);
      this.versions = new Uint32Array(count);
      this.untracked = new Uint8Array(count);
      this.stale = new Uint8Array(count);
      this.generation++;
    }
    this.count = count;
  }

  private join(strip: number, layout: BandLayout, levels: Levels, camera: Camera, ratio: number): void {
    this.versions[strip] = ++this.clock;
    this.planes.fill(0, strip * ROW_WORDS, (strip + 1) * ROW_WORDS);
    this.times.fill(0, strip * ROW_PAGES, (strip + 1) * ROW_PAGES);
    const scale = scaleOf(camera.row);
    const top = camera.y + strip / ratio;
    const bottom = top + 1 / ratio;
    let tracked = false;
    for (let s = Math.max(0, layout.segmentAt(top, scale)); s < layout.segments.length; s++) {
      const segment = layout.segments[s];
      if (!segment) break;
      const y = layout.top(segment, scale);
      if (y - separatorHeight(segment, scale) >= bottom) break;
      const first = Math.max(0, Math.floor((top - y) / scale.row));
      const end = Math.min(segment.rows, Math.ceil((bottom - y) / scale.row));
      if (first >= end) continue;
      tracked = this.joinRows(strip, layout, segment, first, end, levels, 1 / (scale.row * ratio)) || tracked;
    }
    this.untracked[strip] = tracked ? 0 : 1;
  }

  /**
   * Joins rows `first` … `end` - 1 of `segment`, by the largest nodes that stay within a strip of the truth.
   * @returns whether writes to any of it can be seen
   */
  private joinRows(
    strip: number,
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
      const node = levels.node(level, start / size);
      if (level > 0 && whole) {
        this.joinNode(strip, node, whole, 0, PAGES_PER_TILE);
        tracked ||= whole.tracked;
      } else {
        forEachPart(vmas, vma, tile, (part, from, to) => {
          this.joinNode(strip, node, part, from, to);
          tracked ||= part.tracked;
        });
      }
      tile = start + size;
    }
    return tracked;
  }

  private joinNode(strip: number, node: LevelNode | null, vma: Vma, from: number, to: number): void {
    const planesAt = strip * ROW_WORDS;
    setMapped(this.planes, planesAt, from, to);
    if (vma.softDirty) freshHoles(node?.planes ?? null, this.planes, planesAt, from, to);
    if (!node) return;
    orPlanes(node.planes, 0, this.planes, planesAt, from, to);
    if (node.times) maxTimes(node.times, 0, this.times, strip * ROW_PAGES, from, to);
  }
}

/** The largest level whose node around `tile` lies wholly in `vma` and is not higher than a strip. */
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
