import type { PageRange } from './range.ts';

/**
 * Pages that `before` covers and `after` does not: ascending ranges apart from each other. Both ascend and do not overlap
 * in themselves; their ranges may touch, as neighbouring VMAs do.
 */
export function lostRanges(before: readonly PageRange[], after: readonly PageRange[]): PageRange[] {
  const lost: PageRange[] = [];
  const add = (start: number, end: number): void => {
    const last = lost.at(-1);
    if (last?.end === start) lost[lost.length - 1] = { start: last.start, end };
    else lost.push({ start, end });
  };
  let i = 0;
  for (const range of before) {
    let start = range.start;
    for (let next = after[i]; next && next.end <= start; next = after[i]) i++;
    for (let j = i; start < range.end; j++) {
      const cover = after[j];
      if (!cover || cover.start >= range.end) {
        add(start, range.end);
        break;
      }
      if (cover.start > start) add(start, cover.start);
      start = Math.max(start, cover.end);
    }
  }
  return lost;
}
