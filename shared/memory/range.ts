/** A half-open range of pages: `start` is in it, `end` is not. */
export interface PageRange {
  readonly start: number;
  readonly end: number;
}

export const rangePages = (range: PageRange): number => Math.max(0, range.end - range.start);

/** The intersection of `a` and `b`, or null if they do not overlap. */
export function intersectRanges(a: PageRange, b: PageRange): PageRange | null {
  const start = Math.max(a.start, b.start);
  const end = Math.min(a.end, b.end);
  return start < end ? { start, end } : null;
}
