import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { formatPages } from '../../ui/format.ts';
import { firstEndingAfter } from '#shared/memory/vma.ts';
import { columnWidth } from '../geometry/camera.ts';
import { scaleOf, Separator, separatorHeight } from '../geometry/band-layout.ts';
import type { OverlayScene } from './scene.ts';

/** From this height on a separator has a label. */
const TEXT_FROM = 13;

/** Gaps and folds between the bands, with their sizes. */
export function drawSeparators({ context, colours, layout, camera, view }: OverlayScene): void {
  const scale = scaleOf(camera.row);
  if (scale.gap < 3) return;
  context.font = `10.5px ${colours.sans}`;
  context.textAlign = 'left';
  context.lineWidth = 1;
  for (let s = Math.max(0, layout.segmentAt(camera.y, scale)); s < layout.segments.length; s++) {
    const segment = layout.segments[s];
    if (!segment) break;
    const bottom = layout.top(segment, scale) - camera.y;
    const height = separatorHeight(segment, scale);
    if (bottom - height >= view.height) break;
    if (segment.separator === Separator.None) continue;
    const fold = segment.separator === Separator.Fold;
    const middle = Math.round(bottom - height / 2) + 0.5;
    let x = 0;
    if (height >= TEXT_FROM) {
      const text = `${formatPages(segment.skipped)} ${fold ? 'never touched' : 'unmapped'}`;
      context.fillStyle = colours.faint;
      context.fillText(text, 8, middle + 3.5);
      x = context.measureText(text).width + 16;
    }
    context.strokeStyle = colours.hairline;
    context.setLineDash(fold ? [2, 3] : []);
    context.beginPath();
    if (x > 0) {
      context.moveTo(0, middle);
      context.lineTo(4, middle);
    }
    context.moveTo(x, middle);
    context.lineTo(view.width, middle);
    context.stroke();
  }
  context.setLineDash([]);
}

/** From this row height on the border between two VMAs has room for a line. */
const SEAM_FROM = 7;

/** Borders between VMAs that follow each other without a gap: a stair if the border is inside a row. */
export function drawSeams({ context, colours, layout, camera, view }: OverlayScene): void {
  const scale = scaleOf(camera.row);
  if (scale.row < SEAM_FROM) return;
  const first = layout.segments[Math.max(0, layout.segmentAt(camera.y, scale))];
  if (!first) return;
  const width = columnWidth(camera.row, view);
  const hidden = Math.max(0, Math.floor((camera.y - layout.top(first, scale)) / scale.row));
  const page = (first.firstTile + Math.min(hidden, first.rows - 1)) * PAGES_PER_TILE;
  context.strokeStyle = colours.seam;
  context.lineWidth = 1;
  context.beginPath();
  for (let i = firstEndingAfter(layout.vmas, page) + 1; i < layout.vmas.length; i++) {
    const vma = layout.vmas[i];
    if (!vma) break;
    const top = Math.round(layout.yOf(vma.start, scale) - camera.y) - 0.5;
    if (top > view.height) break;
    if (layout.vmas[i - 1]?.end !== vma.start) continue;
    const x = Math.round((vma.start % PAGES_PER_TILE) * width - camera.x) - 0.5;
    const bottom = Math.round(layout.yOf(vma.start, scale) + scale.row - camera.y) - 0.5;
    context.moveTo(PAGES_PER_TILE * width - camera.x, top);
    context.lineTo(x, top);
    if (vma.start % PAGES_PER_TILE === 0) continue;
    context.lineTo(x, bottom);
    context.lineTo(-camera.x, bottom);
  }
  context.stroke();
}
