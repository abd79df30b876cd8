import type { PageCount, WriteCount } from '#shared/memory/write-counts.ts';

/** Neighbouring pages with the same count, class and period: pages `start` … `end` - 1. */
export interface CountRun extends WriteCount {
  readonly start: number;
  readonly end: number;
}

/** @param pages ascending */
export function countRuns(pages: readonly PageCount[]): CountRun[] {
  const result: (WriteCount & { start: number; end: number })[] = [];
  for (const { page, ...count } of pages) {
    const last = result.at(-1);
    const isSame =
      last?.end === page &&
      last.count === count.count &&
      last.class === count.class &&
      last.period === count.period;
    if (isSame) last.end++;
    else result.push({ start: page, end: page + 1, ...count });
  }
  return result;
}
