import { popcount } from '#shared/memory/bitmap.ts';
import type { WriteCount } from '#shared/memory/write-counts.ts';

/** Spread of the gaps of a periodic page, as a share of their mean: intervals do not begin when the program's work does. */
const MAX_SPREAD = 0.1;

/**
 * How often a page was written in `length` intervals. Bit i of the words from `at` on is interval i - `skip`, the oldest first;
 * bits before and after the intervals are zero. Null if no bit is set. The classes:
 * - `every`: in each of them;
 * - `once`: in one;
 * - `periodic`: in three or more, never in two that touch, with gaps that differ by a tenth at most (by one interval if they are four or
 *   longer), from the beginning to the end;
 * - `most`: in half of them or more;
 * - `rare`: in fewer.
 */
export function classify(
  words: Uint32Array,
  at: number,
  end: number,
  skip: number,
  length: number,
): WriteCount | null {
  let count = 0;
  let touching = 0;
  let before = 0;
  for (let w = at; w < end; w++) {
    const word = words[w];
    count += popcount(word);
    touching |= word & ((word << 1) | (before >>> 31));
    before = word;
  }
  if (count === 0) return null;
  if (count === length) return { count, class: 'every', period: null };
  if (count === 1) return { count, class: 'once', period: null };
  const period = touching === 0 && count > 2 ? periodOf(words, at, end, skip, length, count) : null;
  if (period !== null) return { count, class: 'periodic', period };
  return { count, class: count * 2 >= length ? 'most' : 'rare', period: null };
}

function periodOf(
  words: Uint32Array,
  at: number,
  end: number,
  skip: number,
  length: number,
  count: number,
): number | null {
  let [least, most, first, last] = [Infinity, 0, -1, -1];
  for (let w = at; w < end; w++) {
    for (let word = words[w]; word !== 0; word &= word - 1) {
      const time = (w - at) * 32 + 31 - Math.clz32(word & -word) - skip;
      if (first < 0) first = time;
      else {
        least = Math.min(least, time - last);
        most = Math.max(most, time - last);
      }
      last = time;
    }
  }
  const mean = (last - first) / (count - 1);
  const spread = Math.max(mean >= 4 ? 1 : 0, mean * MAX_SPREAD);
  const isWhole = first <= mean + spread && length - 1 - last <= mean + spread;
  return most - least <= spread && isWhole ? Math.round(mean) : null;
}
