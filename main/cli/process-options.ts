import { PAGE_SIZE, formatPage, pageOfAddress, pagesOfBytes, parseBytes } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { BadValue, wholeNumber } from './option-values.ts';

/** Where programs' memory ends: above it the kernel gives memory only by request (five page table levels). */
export const END_PAGE = 2 ** 35;
const END_ADDRESS = BigInt(END_PAGE) * BigInt(PAGE_SIZE);
/** PID_MAX_LIMIT of 64-bit kernels. */
const MAX_PID = 2 ** 22;

/** The process that `--pid` names. */
export function processNumber(text: string): number {
  return wholeNumber('--pid', text, 1, MAX_PID);
}

/** `--start` and `--len` as whole pages, null without either; throws BadValue. */
export function range(start: string | undefined, len: string | undefined): PageRange | null {
  if (start === undefined && len === undefined) return null;
  if (start === undefined || len === undefined) throw new BadValue('--start and --len go together');
  const from = bytes('--start', start);
  const length = bytes('--len', len);
  // Before anything is computed in page numbers, which are exact below 2^53 alone.
  if (from + length > END_ADDRESS)
    throw new BadValue(
      `the range ends beyond ${formatPage(END_PAGE)} (2^47), where the memory of programs ends`,
    );
  const first = pageOfAddress(from);
  if (from % BigInt(PAGE_SIZE) !== 0n) {
    throw new BadValue(
      `--start ${start} is not the start of a page; its page starts at ${formatPage(first)}`,
    );
  }
  if (length === 0n) throw new BadValue('--len 0 is an empty range');
  return { start: first, end: first + pagesOfBytes(length) };
}

function bytes(option: string, text: string): bigint {
  const value = parseBytes(text);
  if (value !== null) return value;
  throw new BadValue(
    `${option} takes bytes: hexadecimal with 0x, or decimal, with K, M, G or T; not ${JSON.stringify(text)}`,
  );
}
