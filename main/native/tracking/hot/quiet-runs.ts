/** The most ranges that are left out of a sample's scan: each costs two more system calls. */
export const MAX_QUIET_RUNS = 512;
/** Blocks between two runs that may be added to them to have fewer runs: all in a tile of one of the two. */
const GAPS = [0, 2, 8, 31];

/** A range of blocks, numbered through the address space, and its weight: pages written in an interval. */
export interface BlockRun {
  start: number;
  end: number;
  weight: number;
}

/**
 * Runs that hold the blocks of `order` (ascending), whose weights `weightOf` returns; small gaps are filled where there
 * would be more than MAX_QUIET_RUNS. `dropped` are the lightest beyond that number. Both ascend.
 */
export function quietRuns(
  order: readonly number[],
  weightOf: (block: number) => number,
): { kept: BlockRun[]; dropped: BlockRun[] } {
  let runs: BlockRun[] = [];
  for (const gap of GAPS) {
    runs = [];
    for (const block of order) {
      const last = runs.at(-1);
      if (last && block - last.end <= gap) {
        last.end = block + 1;
        last.weight += weightOf(block);
      } else runs.push({ start: block, end: block + 1, weight: weightOf(block) });
    }
    if (runs.length <= MAX_QUIET_RUNS) return { kept: runs, dropped: [] };
  }
  runs.sort((a, b) => b.weight - a.weight);
  const ascending = (a: BlockRun, b: BlockRun) => a.start - b.start;
  return {
    kept: runs.slice(0, MAX_QUIET_RUNS).sort(ascending),
    dropped: runs.slice(MAX_QUIET_RUNS).sort(ascending),
  };
}
