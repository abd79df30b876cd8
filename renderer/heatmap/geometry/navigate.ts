import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { testBit } from '#shared/memory/bitmap.ts';
import { findVma, firstEndingAfter } from '#shared/memory/vma.ts';
import type { FrameStore } from '../../data/frame-store.ts';
import { mappedNear } from './hit-test.ts';
import type { BandLayout } from './band-layout.ts';

/**
 * The page `dx` columns and `dy` rows away, as the arrow keys go: over the ends of VMAs to the next one, never out of
 * the map and never into what is folded. Null if the map is empty.
 */
export function step(layout: BandLayout, page: number, dx: number, dy: number): number | null {
  const { vmas } = layout;
  if (vmas.length === 0) return null;
  const place = layout.placeOf(page);
  if (!place) return vmas[Math.min(vmas.length - 1, firstEndingAfter(vmas, page))]?.start ?? null;
  if (dy === 0) return along(layout, page, dx);
  let { segment, row } = place;
  row += dy;
  while (row < 0 || row >= segment.rows) {
    const other = layout.segments[segment.index + Math.sign(dy)];
    if (!other) {
      row = Math.min(segment.rows - 1, Math.max(0, row));
      break;
    }
    row = dy > 0 ? row - segment.rows : row + other.rows;
    segment = other;
  }
  return mappedNear(layout, segment.firstTile + row, page % PAGES_PER_TILE) ?? page;
}

function along(layout: BandLayout, page: number, dx: number): number {
  const { vmas } = layout;
  const next = page + dx;
  if (layout.placeOf(next)) return next;
  const index = firstEndingAfter(vmas, page) + Math.sign(dx);
  const here = findVma(vmas, next);
  if (here >= 0) {
    // Folded: on its other side the VMA continues.
    const segment = layout.segments[layout.firstEndingAfter(tileOfPage(next)) - (dx < 0 ? 1 : 0)];
    if (!segment) return page;
    return dx > 0
      ? segment.firstTile * PAGES_PER_TILE
      : (segment.firstTile + segment.rows) * PAGES_PER_TILE - 1;
  }
  const other = vmas[index];
  if (!other) return page;
  return dx > 0 ? other.start : other.end - 1;
}

/** The nearest page after (`direction` 1) or before (-1) `page` that the map shows as written; goes round at the ends. */
export function nextWritten(frames: FrameStore, page: number, direction: 1 | -1): number | null {
  const tiles = frames.table.tiles.filter((_, slot) => hasWritten(frames, slot)).sort((a, b) => a - b);
  if (tiles.length === 0) return null;
  const ordered = direction === 1 ? tiles : tiles.reverse();
  const here = tileOfPage(page);
  const ahead = ordered.filter((tile) => (direction === 1 ? tile >= here : tile <= here));
  for (const tile of [...ahead, ...ordered]) {
    const base = tile * PAGES_PER_TILE;
    for (let i = 0; i < PAGES_PER_TILE; i++) {
      const column = direction === 1 ? i : PAGES_PER_TILE - 1 - i;
      const candidate = base + column;
      if (tile === here && (direction === 1 ? candidate <= page : candidate >= page)) continue;
      if (isShownWritten(frames, tile, column) && frames.vmaOf(candidate)) return candidate;
    }
  }
  return isShownWritten(frames, here, page - here * PAGES_PER_TILE) ? page : null;
}

function hasWritten(frames: FrameStore, slot: number): boolean {
  if (frames.mode === 'interval') return frames.table.times(slot) !== null;
  const known = frames.tiles.find(frames.table.tiles[slot] ?? -1);
  if (known < 0) return false;
  const at = frames.tiles.offset(known, Plane.Written);
  return frames.tiles.words.subarray(at, at + PAGES_PER_TILE / 32).some((word) => word !== 0);
}

function isShownWritten(frames: FrameStore, tile: number, column: number): boolean {
  if (frames.mode === 'interval') return (frames.table.times(frames.table.find(tile))?.[column] ?? 0) > 0;
  const slot = frames.tiles.find(tile);
  if (slot < 0) return false;
  const { words } = frames.tiles;
  return (
    testBit(words, frames.tiles.offset(slot, Plane.Written), column) &&
    !testBit(words, frames.tiles.offset(slot, Plane.Fresh), column)
  );
}
