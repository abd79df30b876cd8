import { PAGE_SHIFT } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';

/** Hexadecimal digits that a shortened address has at least: addresses of the same 256 MiB differ in them. */
export const MIN_ADDRESS_DIGITS = 7;
const MAX_ADDRESS_DIGITS = 16;
/** Digits of the offset in a page. */
const OFFSET_DIGITS = PAGE_SHIFT / 4;

/**
 * The fewest digits at the end of addresses, MIN_ADDRESS_DIGITS or more, in which all pages of `ranges` differ, so that
 * none of them is ambiguous where its front is left out.
 * @param ranges pages, not overlapping
 */
export function distinctDigits(ranges: readonly PageRange[]): number {
  let digits = MIN_ADDRESS_DIGITS;
  while (digits < MAX_ADDRESS_DIGITS && !differ(ranges, 16 ** (digits - OFFSET_DIGITS))) digits++;
  return digits;
}

/** Whether no two pages of `ranges` are a multiple of `period` apart. */
function differ(ranges: readonly PageRange[], period: number): boolean {
  const folded = ranges
    .map(({ start, end }) => ({ start: start % period, size: end - start }))
    .sort((a, b) => a.start - b.start);
  return folded.every(({ start, size }, index) => {
    const next = folded[index + 1]?.start ?? (folded[0]?.start ?? 0) + period;
    return start + size <= next;
  });
}

/** How many digits single pages need to differ, of which some may be equal. */
export function distinctStartDigits(pages: readonly number[]): number {
  return distinctDigits([...new Set(pages)].map((start) => ({ start, end: start + 1 })));
}
