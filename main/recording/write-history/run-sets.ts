/** Sets of pages as runs: pairs (first page, end), ascending and apart. */

export const NO_RUNS = new Float64Array(0);

/** Pages in a set. */
export function countRuns(runs: Float64Array): number {
  let pages = 0;
  for (let i = 0; i < runs.length; i += 2) pages += runs[i + 1] - runs[i];
  return pages;
}

/** Pages of `a` that are not in `b`. */
export function subtractRuns(a: Float64Array, b: Float64Array): Float64Array {
  if (a.length === 0 || b.length === 0) return a;
  const result: number[] = [];
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    let start = a[i];
    const end = a[i + 1];
    while (j < b.length && b[j + 1] <= start) j += 2;
    for (let k = j; k < b.length && b[k] < end; k += 2) {
      if (b[k] > start) result.push(start, b[k]);
      start = Math.max(start, b[k + 1]);
    }
    if (start < end) result.push(start, end);
  }
  return Float64Array.from(result);
}

/** Pages of either set. */
export function uniteRuns(a: Float64Array, b: Float64Array): Float64Array {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const result = new Float64Array(a.length + b.length);
  let at = 0;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const first = j >= b.length || (i < a.length && a[i] <= b[j]);
    const start = first ? a[i] : b[j];
    const end = first ? a[i + 1] : b[j + 1];
    if (first) i += 2;
    else j += 2;
    if (at > 0 && start <= result[at - 1]) result[at - 1] = Math.max(result[at - 1], end);
    else {
      result[at++] = start;
      result[at++] = end;
    }
  }
  return result.slice(0, at);
}

/** The union of all; pairwise, so that no set is copied more than a few times. */
export function uniteAll(sets: readonly Float64Array[]): Float64Array {
  let left = sets.filter((set) => set.length > 0);
  while (left.length > 1) {
    const next: Float64Array[] = [];
    for (let i = 0; i < left.length; i += 2)
      next.push(i + 1 < left.length ? uniteRuns(left[i], left[i + 1]) : left[i]);
    left = next;
  }
  return left[0] ?? NO_RUNS;
}

/**
 * Pages of `runs` in each of `buckets` (pairs, ascending and apart).
 * @param visit number of a bucket, ascending, and its pages, 1 or more
 */
export function countByBucket(
  runs: Float64Array,
  buckets: Float64Array,
  visit: (bucket: number, pages: number) => void,
): void {
  let b = 0;
  let pages = 0;
  for (let i = 0; i < runs.length; i += 2) {
    const [start, end] = [runs[i], runs[i + 1]];
    while (b < buckets.length && buckets[b] < end) {
      const from = Math.max(start, buckets[b]);
      const to = Math.min(end, buckets[b + 1]);
      if (from < to) pages += to - from;
      // The bucket reaches beyond this run: the next one may have pages in it too.
      if (buckets[b + 1] > end) break;
      if (pages > 0) visit(b / 2, pages);
      pages = 0;
      b += 2;
    }
  }
  if (pages > 0) visit(b / 2, pages);
}
