import type { Camera, Viewport } from '../geometry/camera.ts';
import type { HilbertBank } from './hilbert-bank.ts';
import type { HilbertLayout } from '../geometry/hilbert-layout.ts';
import { ROW_PAGES } from './packed-row.ts';
import { flagsOf } from './visible-rows.ts';
import { type RowBatch, RowFlag } from './row-batch.ts';

/** First columns are multiples of this, so that a small move needs no other rows. */
const STEP = 64;

/** How a square is painted at one camera: device pixels. */
export interface HilbertPlace {
  /** Pixel of column 0's left edge, and pixels a column. */
  readonly origin: number;
  readonly column: number;
}

/** Sets how many cells the bank joins, and fills `batch` with the rows in view. */
export function hilbertRows(
  layout: HilbertLayout,
  bank: HilbertBank,
  camera: Camera,
  view: Viewport,
  ratio: number,
  batch: RowBatch,
): HilbertPlace {
  const cell = camera.row * ratio;
  const width = view.width * ratio;
  // A joined cell has a pixel at least, and what is in view fits into a row.
  const least = layout.side <= ROW_PAGES ? 1 : Math.max(1, width / (ROW_PAGES - STEP));
  let joined = 0;
  while (joined < layout.order && cell * 2 ** joined < least) joined++;
  const column = cell * 2 ** joined;
  const across = layout.side / 2 ** joined;
  const first = Math.max(0, Math.floor((camera.x * ratio) / column));
  const left = across <= ROW_PAGES ? 0 : Math.floor(first / STEP) * STEP;
  bank.show(layout, joined, left);
  batch.clear();
  const flags = RowFlag.Joined | (flagsOf(layout.vma) & RowFlag.Untracked);
  const top = -camera.y * ratio;
  const height = view.height * ratio;
  const begin = Math.max(0, Math.floor(-top / column));
  for (let row = begin; row < across; row++) {
    const y = Math.round(top + row * column);
    if (y >= height) break;
    const end = Math.min(ROW_PAGES, across - left);
    batch.push(y, Math.round(top + (row + 1) * column) - y, row, 0, end, flags);
  }
  return { origin: left * column - camera.x * ratio, column };
}
