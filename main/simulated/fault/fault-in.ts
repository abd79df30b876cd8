import type { MmStruct } from '../mm/mm-struct.ts';
import { PRESENT, WRITABLE } from '../mm/tile.ts';
import type { Signal } from './fault-event.ts';
import { handleFault } from './fault.ts';

/**
 * faultin_page() of get_user_pages(): makes the page present, and writable if `write`. Unlike an access it does not
 * set the D bit of an entry that is writable already. The VMA must allow it.
 */
export function faultIn(mm: MmStruct, page: number, write: boolean): Signal | null {
  const tile = mm.table.find(page);
  if (tile !== null && (tile.entry(page - tile.base) & (write ? WRITABLE : PRESENT)) !== 0) return null;
  const vma = mm.vmas.lookup(page);
  return vma === null ? 'SIGSEGV' : handleFault(mm, vma, page, write);
}
