import { firstEndingAfter, type Vma } from '#shared/memory/vma.ts';
import type { Occupancy } from './occupancy.ts';
import type { Pace } from './pace.ts';

/** End of the first piece of pages `start` … `end` - 1 for a single call. */
export function pieceEnd(
  start: number,
  end: number,
  vmas: readonly Vma[],
  occupancy: Occupancy,
  pace: Pace,
): number {
  const last = firstEndingAfter(vmas, start) + Math.max(1, Math.floor(pace.vmas)) - 1;
  const byVmas = last < vmas.length - 1 ? Math.min(end, vmas[last].end) : end;
  return occupancy.limit(start, byVmas, pace.tiles);
}
