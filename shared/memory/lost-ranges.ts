import type { PageRange } from './range.ts';

/** Pages that `before` covers and `after` does not, ascending. Both ascend and do not overlap in themselves. */
export function lostRanges(before: readonly PageRange[], after: readonly PageRange[]): PageRange[] {
  const lost: PageRange[] = [];
  let i = 0;
  for (const range of before) {
    let start = range.start;
    for (let next = after[i]; next && next.end <= start; next = after[i]) i++;
    for (let j = i; start < range.end; j++) {
      const cover = after[j];
      if (!cover || cover.start >= range.end) {
        lost.push({ start, end: range.end });
        break;
      }
      if (cover.start > start) lost.push({ start, end: cover.start });
      start = Math.max(start, cover.end);
    }
  }
  return lost;
}
