import { toldAccess } from './access-told.ts';
import type { Signal } from './fault-told.ts';
import { handleFault } from './fault.ts';
import type { SimulatedProcess } from './process.ts';
import {
  ACCESSED,
  AT_ACCESSED,
  AT_DIRTY,
  AT_PRESENT,
  AT_WRITABLE,
  DIRTY,
  PRESENT,
  WRITABLE,
} from './tile.ts';
import { VM_ACCESS, VM_WRITE } from './vm-flags.ts';
import type { Vma } from './vma.ts';

/** How an access ended: null where every page was accessed, else the page that was not and why. */
export type AccessResult = { readonly signal: Signal; readonly page: number } | null;

/** access_error(): whether the VMA allows the access; on x86 any right allows reading. */
export function allows(vma: Vma, write: boolean): boolean {
  return (vma.flags & (write ? VM_WRITE : VM_ACCESS)) !== 0;
}

/** Accesses pages [start, end), ascending, as the MMU does: an entry that allows it gets A (and D), else a fault. */
export function access(process: SimulatedProcess, start: number, end: number, write: boolean): AccessResult {
  if (process.journal.on) return toldAccess(process, start, end, write);
  const plane = write ? AT_WRITABLE : AT_PRESENT;
  for (let page = start; page < end; page++) {
    const vma = process.vmas.lookup(page);
    if (vma === null || !allows(vma, write)) return { signal: 'SIGSEGV', page };
    const tile = process.table.find(page);
    if (tile !== null) {
      const index = page - tile.base;
      if (tile.huge === 0) {
        const words = tile.words;
        const word = index >>> 5;
        const bit = 1 << (index & 31);
        if ((words[plane + word] & bit) !== 0) {
          words[AT_ACCESSED + word] |= bit;
          if (write) words[AT_DIRTY + word] |= bit;
          continue;
        }
      } else if ((tile.huge & (write ? WRITABLE : PRESENT)) !== 0) {
        tile.huge |= ACCESSED | (write ? DIRTY : 0);
        page = Math.min(end, tile.end) - 1;
        continue;
      }
    }
    const signal = handleFault(process, vma, page, write);
    if (signal !== null) return { signal, page };
  }
  return null;
}
