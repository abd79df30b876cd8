import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { RowBank, RowBatch } from '../rows/row-batch.ts';
import type { Palette } from './palette.ts';

/** All that a painter needs for one picture. Sizes in device pixels. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  /** Pixel of column 0's left edge, and pixels a column. */
  readonly origin: number;
  readonly column: number;
  /** Pixels of the map above the view. Patterns repeat from the map's top, so that they move with their pages. */
  readonly above: number;
  /** For each pixel across: see `columnTable`. */
  readonly columns: Uint32Array;
  readonly rows: RowBatch;
  readonly bank: RowBank;
  /** Engine time in whole ms. */
  readonly now: number;
  /** How long a row of which only the age changed may wait for repainting, in ms. */
  readonly patience: number;
  /** In mode hold a page looks written while plane Written holds, in mode interval once it has a time. */
  readonly hold: boolean;
  readonly palette: Palette;
}

export interface PaintStats {
  /** Rows sent to where the painter keeps them. */
  readonly uploaded: number;
  readonly rows: number;
}

export interface Painter {
  readonly name: 'WebGL2' | 'Canvas 2D';
  paint(scene: Scene): PaintStats;
  /**
   * Red, green, blue, alpha of a rectangle of what `paint` drew last, rows top down, in device pixels: call right after
   * it, in the same task.
   */
  read(x: number, y: number, width: number, height: number): Uint8Array;
  dispose(): void;
}

const COLUMN_BITS = 10;
const COLUMN_MASK = (1 << COLUMN_BITS) - 1;
/** From this size in device pixels on, cells have a line between them. */
export const LINE_FROM = 6;
const EDGE = 2 ** 31;

export const firstColumn = (entry: number): number => entry & COLUMN_MASK;
export const endColumn = (entry: number): number => (entry >>> COLUMN_BITS) & COLUMN_MASK;
export const isEdge = (entry: number): boolean => entry >>> 31 === 1;

/**
 * For each pixel across, the columns that it shows: first, end (exclusive), and whether it is the line at a cell's
 * right. A pixel shows every column that it touches, so that none can fall between two pixels. 0: no column.
 * @param origin pixel of column 0's left edge  @param width pixels a column
 */
export function columnTable(
  pixels: number,
  origin: number,
  width: number,
  columns = PAGES_PER_TILE,
): Uint32Array {
  const table = new Uint32Array(pixels);
  for (let px = 0; px < pixels; px++) {
    const left = (px - origin) / width;
    const right = (px + 1 - origin) / width;
    // With a small tolerance: a border on a pixel's edge belongs to one side only.
    const first = Math.max(0, width >= 1 ? Math.floor((left + right) / 2) : Math.floor(left + 1e-6));
    const end = width >= 1 ? first + 1 : Math.min(columns, Math.ceil(right - 1e-6));
    if (first >= columns || right <= 0 || end <= first) continue;
    const edge = width >= LINE_FROM && Math.floor((px + 1.5 - origin) / width) !== first;
    table[px] = (first | (end << COLUMN_BITS) | (edge ? EDGE : 0)) >>> 0;
  }
  return table;
}
