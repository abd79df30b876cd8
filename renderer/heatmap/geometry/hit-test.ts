import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { type Camera, columnWidth, type Viewport } from './camera.ts';
import { findVma, firstEndingAfter } from '#shared/memory/vma.ts';
import { type BandLayout, scaleOf } from './band-layout.ts';

/** The page at (`px`, `py`) of the view; null beside the bands. Arithmetic alone: no list of what is drawn. */
export function pageAt(
  layout: BandLayout,
  camera: Camera,
  view: Viewport,
  px: number,
  py: number,
): number | null {
  const place = layout.rowAt(camera.y + py, scaleOf(camera.row));
  if (!place) return null;
  const column = Math.floor((camera.x + px) / columnWidth(camera.row, view));
  if (column < 0 || column >= PAGES_PER_TILE) return null;
  const page = (place.segment.firstTile + place.row) * PAGES_PER_TILE + column;
  return findVma(layout.vmas, page) < 0 ? null : page;
}

/** The page nearest to (`px`, `py`): for a drag that leaves a band. Null if there is no band at all. */
export function nearestPage(
  layout: BandLayout,
  camera: Camera,
  view: Viewport,
  px: number,
  py: number,
): number | null {
  const scale = scaleOf(camera.row);
  const y = camera.y + py;
  const segment = layout.segments[Math.max(0, layout.segmentAt(y, scale))];
  if (!segment) return null;
  const row = Math.floor((y - layout.top(segment, scale)) / scale.row);
  const within = Math.min(segment.rows - 1, Math.max(0, row));
  const across = Math.floor((camera.x + px) / columnWidth(camera.row, view));
  const column = row < 0 ? 0 : row >= segment.rows ? PAGES_PER_TILE - 1 : across;
  return mappedNear(layout, segment.firstTile + within, Math.min(PAGES_PER_TILE - 1, Math.max(0, column)));
}

/** The page of `tile` nearest to `column` that some VMA has; null if none has a part of the tile. */
export function mappedNear({ vmas }: BandLayout, tile: number, column: number): number | null {
  const base = tile * PAGES_PER_TILE;
  const page = base + column;
  const after = firstEndingAfter(vmas, page);
  const next = vmas[after];
  const before = vmas[after - 1];
  if (next && next.start <= page) return page;
  const above = next && next.start < base + PAGES_PER_TILE ? next.start : null;
  const below = before && before.end > base ? before.end - 1 : null;
  if (above === null || below === null) return above ?? below;
  return above - page < page - below ? above : below;
}

/** A rectangle in CSS pixels of the map's area. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where `page` is drawn, in or outside the view; null if it is folded or in no VMA. */
export function rectOf(layout: BandLayout, camera: Camera, view: Viewport, page: number): Rect | null {
  const place = layout.placeOf(page);
  if (!place) return null;
  const scale = scaleOf(camera.row);
  const width = columnWidth(camera.row, view);
  return {
    x: (page % PAGES_PER_TILE) * width - camera.x,
    y: layout.top(place.segment, scale) + place.row * scale.row - camera.y,
    width,
    height: scale.row,
  };
}
