import { lowerBound } from '#shared/memory/lower-bound.ts';
import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import { findVma, type Vma } from '#shared/memory/vma.ts';
import type { PageRange } from '#shared/memory/range.ts';

/** What is drawn above a segment. */
export const Separator = {
  /** Nothing: the first segment. */
  None: 0,
  /** Unmapped addresses. */
  Gap: 1,
  /** Memory of one VMA that was never touched, folded. */
  Fold: 2,
} as const;
export type Separator = (typeof Separator)[keyof typeof Separator];

/** Heights in pixels at one zoom. Separators shrink with the rows, so that everything fits at any size. */
export interface Scale {
  readonly row: number;
  readonly gap: number;
}

const MAX_GAP = 18;

export function scaleOf(row: number): Scale {
  return { row, gap: Math.min(MAX_GAP, row * 1.5) };
}

/** Consecutive rows without a separator between: tiles that follow each other, each with a part of some VMA. */
export interface Segment {
  readonly index: number;
  readonly firstTile: number;
  readonly rows: number;
  /** What is drawn above it, and the pages it represents. */
  readonly separator: Separator;
  readonly skipped: number;
  /** Rows and separators above its first row, its own separator included. */
  readonly rowsAbove: number;
  readonly gapsAbove: number;
}

/** A row found by position or page. */
export interface RowPlace {
  readonly segment: Segment;
  /** Row within the segment. */
  readonly row: number;
}

interface TileRun {
  readonly first: number;
  /** Exclusive. */
  end: number;
  /** Pages shown: the first of the first VMA, the end of the last one. */
  readonly start: number;
  stop: number;
  readonly separator: Separator;
}

/**
 * Where everything is, vertically: VMAs by ascending address, a row per tile; small VMAs of one tile share its row, for
 * their columns differ. What is unmapped or folded is drawn as a separator. Positions are sums of a count times a height,
 * so that a zoom changes two numbers and nothing is laid out again.
 */
export class BandLayout {
  readonly vmas: readonly Vma[];
  readonly segments: readonly Segment[];
  readonly rows: number;
  readonly gaps: number;

  /**
   * @param vmas ascending, not overlapping
   * @param folded ranges of whole tiles that are not shown, ascending, each inside one VMA with a tile on either side
   */
  constructor(vmas: readonly Vma[], folded: readonly PageRange[] = []) {
    this.vmas = vmas;
    const segments: Segment[] = [];
    let rowsAbove = 0;
    let before: TileRun | null = null;
    for (const run of tileRuns(vmas, folded)) {
      const rows = run.end - run.first;
      segments.push({
        index: segments.length,
        firstTile: run.first,
        rows,
        separator: run.separator,
        skipped: before ? run.start - before.stop : 0,
        rowsAbove,
        gapsAbove: segments.length,
      });
      rowsAbove += rows;
      before = run;
    }
    this.segments = segments;
    this.rows = rowsAbove;
    this.gaps = Math.max(0, segments.length - 1);
  }

  /** Height of everything. */
  height(scale: Scale): number {
    return this.rows * scale.row + this.gaps * scale.gap;
  }

  /** Row height at which everything is `height` pixels high. */
  rowToFit(height: number): number {
    const shrunk = height / Math.max(1, this.rows + 1.5 * this.gaps);
    const full = (height - this.gaps * MAX_GAP) / Math.max(1, this.rows);
    return shrunk * 1.5 <= MAX_GAP ? shrunk : full;
  }

  /** Top of a segment's first row. */
  top({ rowsAbove, gapsAbove }: Segment, scale: Scale): number {
    return rowsAbove * scale.row + gapsAbove * scale.gap;
  }

  /** Index of the last segment whose separator begins at or above `y`; -1 if there is none. */
  segmentAt(y: number, scale: Scale): number {
    return this.search((segment) => this.top(segment, scale) - separatorHeight(segment, scale) <= y);
  }

  /** The row at `y`; null in a separator and outside. */
  rowAt(y: number, scale: Scale): RowPlace | null {
    const segment = this.segments[this.segmentAt(y, scale)];
    if (!segment) return null;
    const row = Math.floor((y - this.top(segment, scale)) / scale.row);
    return row >= 0 && row < segment.rows ? { segment, row } : null;
  }

  /** The row that shows `page`; null if it is folded or in no VMA. */
  placeOf(page: number): RowPlace | null {
    const tile = tileOfPage(page);
    const segment = this.segments[this.search(({ firstTile }) => firstTile <= tile)];
    if (!segment || tile >= segment.firstTile + segment.rows || findVma(this.vmas, page) < 0) return null;
    return { segment, row: tile - segment.firstTile };
  }

  /** Top of the row of `page`'s tile, or of the separator in its place. */
  yOf(page: number, scale: Scale): number {
    const tile = tileOfPage(page);
    const index = this.search(({ firstTile }) => firstTile <= tile);
    const segment = this.segments[index];
    if (segment && tile < segment.firstTile + segment.rows) {
      return this.top(segment, scale) + (tile - segment.firstTile) * scale.row;
    }
    const below = this.segments[index + 1];
    return below ? this.top(below, scale) - separatorHeight(below, scale) : this.height(scale);
  }

  /** The segment with `tile` in it, or null. */
  segmentOfTile(tile: number): Segment | null {
    const segment = this.segments[this.search(({ firstTile }) => firstTile <= tile)];
    return segment && tile < segment.firstTile + segment.rows ? segment : null;
  }

  /** Index of the first segment whose tiles end after `tile`; `segments.length` if there is none. */
  firstEndingAfter(tile: number): number {
    return this.search(({ firstTile, rows }) => firstTile + rows <= tile) + 1;
  }

  /** Index of the last segment for which `holds`, which must hold for all before it; -1 where it holds for none. */
  private search(holds: (segment: Segment) => boolean): number {
    const { segments } = this;
    const index = lowerBound(0, segments.length, (i) => {
      const segment = segments[i];
      return segment === undefined || !holds(segment);
    });
    return index - 1;
  }
}

/** Runs of tiles in which something is shown. */
function tileRuns(vmas: readonly Vma[], folded: readonly PageRange[]): TileRun[] {
  const runs: TileRun[] = [];
  let fold = 0;
  for (const vma of vmas) {
    let start = vma.start;
    const add = (stop: number, separator: Separator): void => {
      const first = tileOfPage(start);
      const last = runs.at(-1);
      if (last && first <= last.end) {
        last.end = tileOfPage(stop - 1) + 1;
        last.stop = stop;
      } else {
        const above = last ? separator : Separator.None;
        runs.push({ first, end: tileOfPage(stop - 1) + 1, start, stop, separator: above });
      }
    };
    let separator: Separator = Separator.Gap;
    for (let next = folded[fold]; next && next.start < vma.end; next = folded[++fold]) {
      if (next.start > start) add(next.start, separator);
      start = next.end;
      separator = Separator.Fold;
    }
    if (start < vma.end) add(vma.end, separator);
  }
  return runs;
}

export function separatorHeight({ separator }: Segment, scale: Scale): number {
  return separator === Separator.None ? 0 : scale.gap;
}

/** Calls `visit` for each VMA's part of `tile`, ascending. @param first index of a VMA that ends after the tile begins */
export function forEachPart(
  vmas: readonly Vma[],
  first: number,
  tile: number,
  visit: (vma: Vma, from: number, to: number) => void,
): void {
  const base = tile * PAGES_PER_TILE;
  const end = base + PAGES_PER_TILE;
  for (let i = first; i < vmas.length; i++) {
    const vma = vmas[i];
    if (!vma || vma.start >= end) break;
    if (vma.end > base) visit(vma, Math.max(0, vma.start - base), Math.min(PAGES_PER_TILE, vma.end - base));
  }
}
