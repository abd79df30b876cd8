import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { type Vma, firstEndingAfter } from '#shared/memory/vma.ts';
import type { TileTable } from '../../data/tile-table.ts';
import { type Camera, type Viewport } from '../geometry/camera.ts';
import { type BandLayout, forEachPart, scaleOf, separatorHeight } from '../geometry/band-layout.ts';
import { type RowBatch, RowFlag } from './row-batch.ts';

export function flagsOf(vma: Vma): number {
  return (vma.tracked ? 0 : RowFlag.Untracked) | (vma.softDirty ? RowFlag.SoftDirty : 0);
}

/** Rows are drawn one by one while each has a device pixel of its own. */
export const rowsAreSingle = (camera: Camera, ratio: number): boolean => camera.row * ratio >= 1;

/**
 * Fills `batch` with what is in view: one entry per tile and VMA.
 * @param ratio device pixels in a CSS pixel
 */
export function visibleRows(
  layout: BandLayout,
  table: TileTable,
  camera: Camera,
  view: Viewport,
  ratio: number,
  batch: RowBatch,
): void {
  batch.clear();
  const scale = scaleOf(camera.row);
  const bottom = camera.y + view.height;
  for (let s = Math.max(0, layout.segmentAt(camera.y, scale)); s < layout.segments.length; s++) {
    const segment = layout.segments[s];
    if (!segment) break;
    const top = layout.top(segment, scale);
    if (top - separatorHeight(segment, scale) >= bottom) break;
    const first = Math.max(0, Math.floor((camera.y - top) / scale.row));
    let vma = firstEndingAfter(layout.vmas, (segment.firstTile + first) * PAGES_PER_TILE);
    for (let row = first; row < segment.rows; row++) {
      const y = top + row * scale.row - camera.y;
      if (y >= view.height) break;
      const tile = segment.firstTile + row;
      const device = Math.round(y * ratio);
      const height = Math.round((y + scale.row) * ratio) - device;
      const slot = table.find(tile);
      while ((layout.vmas[vma]?.end ?? Infinity) <= tile * PAGES_PER_TILE) vma++;
      forEachPart(layout.vmas, vma, tile, (part, from, to) =>
        batch.push(device, height, slot, from, to, flagsOf(part)),
      );
    }
  }
}
