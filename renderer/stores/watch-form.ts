import { WRITE_WATCH_FLAG_RESET, type GetWriteWatchRequest } from '#shared/contract/write-watch.ts';
import { formatPage, PAGE_SIZE, pagesOfBytes, parseBytes } from '#shared/memory/page.ts';
import { rangePages, type PageRange } from '#shared/memory/range.ts';
import type { WatchForm } from './write-watch-store.ts';

export type WatchFormErrors = Partial<Record<'base' | 'size' | 'count' | 'flags', string>>;

const MAX_ADDRESS = 0xffff_ffff_ffff_ffffn;
const MAX_DWORD = 0xffff_ffff;

/**
 * The fields as a call of GetWriteWatch, or what is wrong with them. Only what cannot be parsed is rejected here; what Windows
 * would refuse goes to the engine and comes back as Windows' error.
 */
export function parseWatchForm(form: WatchForm): GetWriteWatchRequest | { readonly errors: WatchFormErrors } {
  const errors: WatchFormErrors = {};
  const base = parseBytes(form.base);
  const size = parseBytes(form.size);
  if (base === null || base > MAX_ADDRESS) errors.base = 'An address such as 0x7f0012340000';
  if (size === null || size > MAX_ADDRESS) errors.size = 'Bytes, such as 0x4000 or 64MiB';
  const count = form.count.trim() === '' ? Number(pagesOfBytes(size ?? 0n)) : Number(form.count);
  if (!Number.isInteger(count) || count < 0 || count > 2 ** 32) errors.count = 'A whole number of places';
  const flags = Number(form.flags.trim() === '' ? '0' : form.flags);
  if (!Number.isInteger(flags) || flags < 0 || flags > MAX_DWORD) errors.flags = 'A 32-bit number';
  if (Object.keys(errors).length > 0) return { errors };
  return {
    flags,
    base: base ?? 0n,
    size: size ?? 0n,
    addresses: !form.nullAddresses,
    count: form.nullCount ? null : count,
    granularity: !form.nullGranularity,
  };
}

/** Whether the form's flags are WRITE_WATCH_FLAG_RESET. */
export const isReset = ({ flags }: WatchForm): boolean => Number(flags) === WRITE_WATCH_FLAG_RESET;

/** The fields that describe `range`; the count is left to the range. */
export function watchFormOf(range: PageRange): Pick<WatchForm, 'base' | 'size' | 'count'> {
  const bytes = BigInt(rangePages(range)) * BigInt(PAGE_SIZE);
  return { base: formatPage(range.start), size: `0x${bytes.toString(16)}`, count: '' };
}
