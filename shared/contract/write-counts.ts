/** How often pages were written: `history.counts`. */
import { z } from 'zod';
import { MAX_COUNTED_INTERVALS, MIN_COUNTED_INTERVALS } from '../memory/write-counts.ts';
import { PAGES_PER_TILE } from '../memory/page.ts';
import { timeNsSchema } from './recording.ts';

/** What an interval is: from one sample to the next, or a phase of the program, from one "dump and reset" to the next. */
export const COUNTED_UNITS = ['sample', 'phase'] as const;
export type CountedUnit = (typeof COUNTED_UNITS)[number];

/** Tiles in one reply. */
export const MAX_COUNTED_TILES = 1024;

const page = z.number().int().min(0);
const u8 = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const u32 = z.custom<Uint32Array>((value) => value instanceof Uint32Array);
const f64 = z.custom<Float64Array>((value) => value instanceof Float64Array);

export const writeCountsRequestSchema = z.object({
  unit: z.enum(COUNTED_UNITS),
  /** That many of the last intervals are counted, or as many as there are. */
  intervals: z.number().int().min(MIN_COUNTED_INTERVALS).max(MAX_COUNTED_INTERVALS),
  /** Pages `start` … `end` - 1. */
  start: page,
  end: page,
});
export type WriteCountsRequest = z.infer<typeof writeCountsRequestSchema>;

/** Counts at the time that is shown. */
export const writeCountsReplySchema = z.object({
  timeNs: timeNsSchema,
  /** Intervals that were counted: fewer than asked for at the beginning, 0 if it is not known (mode hold, by sample). */
  intervals: z.number().int().min(0).max(MAX_COUNTED_INTERVALS),
  /** Tiles with pages that were ever written, ascending, MAX_COUNTED_TILES at most. */
  tiles: f64,
  /** For each tile, whether all of its pages have the same value, which is then stored once. */
  uniform: u8,
  /** The pages' counts, packed as `packCount` does (or WRITTEN_BEFORE, or 0), tile by tile. */
  values: u32,
  /** The first page of what did not fit; null: nothing is left. */
  next: page.nullable(),
});
export type WriteCountsReply = z.infer<typeof writeCountsReplySchema>;

/** Calls `visit` with each tile of a reply and the values of its pages: one for all, or PAGES_PER_TILE. */
export function forEachCountedTile(
  { tiles, uniform, values }: Pick<WriteCountsReply, 'tiles' | 'uniform' | 'values'>,
  visit: (tile: number, values: Uint32Array) => void,
): void {
  let at = 0;
  tiles.forEach((tile, i) => {
    const end = at + (uniform[i] === 1 ? 1 : PAGES_PER_TILE);
    visit(tile, values.subarray(at, end));
    at = end;
  });
}
