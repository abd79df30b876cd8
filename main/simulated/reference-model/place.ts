/** Where the kernel puts a mapping whose place is not given (get_unmapped_area). */
import { USER_PAGES_4_LEVEL } from '#shared/memory/page.ts';
import type { Place } from '../../scenarios/steps.ts';
import { PAGE, pageOf, userBytes, userPages } from './addresses.ts';
import type { ModelState } from './model-state.ts';
import { Errno, vmaAfter, type Process } from './state.ts';

/** Top of the area in which the kernel places mappings itself, in pages (ASLR off). */
const MMAP_BASE = 0x7ffff7fff;
const DEFAULT_WINDOW = USER_PAGES_4_LEVEL;

/** get_unmapped_area: without MAP_FIXED. Byte addresses. */
export function place(model: ModelState, wanted: bigint, length: bigint, how: Place): bigint {
  if (how !== 'hint') return wanted;
  let address = (wanted / PAGE) * PAGE;
  if (address !== 0n && address < 65536n) address = 65536n;
  const pages = pageOf(length);
  const window = BigInt(DEFAULT_WINDOW) * PAGE;
  const valid =
    address <= userBytes(model) - length && address > window === address + length > window && address !== 0n;
  if (valid) {
    const next = vmaAfter(model.current, pageOf(address));
    if (!next || pageOf(address) + pages <= next.start) return address;
  }
  const top = MMAP_BASE + (address > window ? userPages(model) - DEFAULT_WINDOW : 0);
  const found = freeBelow(model.current, top, pages);
  if (found === null) throw new Errno('ENOMEM');
  return BigInt(found) * PAGE;
}

/** The highest place for `pages` pages that ends at or below `top`; page 0 is never given. */
function freeBelow(process: Process, top: number, pages: number): number | null {
  let end = top;
  for (const vma of process.vmas.toReversed()) {
    if (vma.start >= end) continue;
    if (end - vma.end >= pages) return end - pages;
    end = vma.start;
  }
  return end - 1 >= pages ? end - pages : null;
}
