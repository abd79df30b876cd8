import {
  MAX_COUNTED_TILES,
  type WriteCountsReply,
  type WriteCountsRequest,
} from '#shared/contract/write-counts.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { WriteCounts } from './write-counts.ts';

/** Answers `history.counts` from counts as of `timeNs`. */
export function countsReply(
  counts: WriteCounts,
  { intervals, start, end }: Pick<WriteCountsRequest, 'intervals' | 'start' | 'end'>,
  timeNs: number,
): WriteCountsReply {
  const row = new Uint32Array(PAGES_PER_TILE);
  const all = end > start ? counts.tiles({ start, end }) : [];
  const tiles: number[] = [];
  const uniform: number[] = [];
  const rows: Uint32Array[] = [];
  for (const tile of all.slice(0, MAX_COUNTED_TILES)) {
    counts.read(tile, intervals, row);
    clip(row, start - tile * PAGES_PER_TILE, end - tile * PAGES_PER_TILE);
    const isUniform = row.every((value) => value === row[0]);
    if (isUniform && row[0] === 0) continue;
    tiles.push(tile);
    uniform.push(isUniform ? 1 : 0);
    rows.push(row.slice(0, isUniform ? 1 : PAGES_PER_TILE));
  }
  const values = new Uint32Array(rows.reduce((sum, own) => sum + own.length, 0));
  let at = 0;
  for (const own of rows) {
    values.set(own, at);
    at += own.length;
  }
  return {
    timeNs,
    intervals: Math.min(intervals, counts.length),
    tiles: Float64Array.from(tiles),
    uniform: Uint8Array.from(uniform),
    values,
    next: all.length > MAX_COUNTED_TILES ? all[MAX_COUNTED_TILES] * PAGES_PER_TILE : null,
  };
}

/** Leaves pages `from` … `to` - 1 alone. */
function clip(row: Uint32Array, from: number, to: number): void {
  if (from > 0) row.fill(0, 0, from);
  if (to < PAGES_PER_TILE) row.fill(0, to);
}
