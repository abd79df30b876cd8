import { accessTable } from './access-table.ts';
import { toldAccess } from './access-told.ts';
import type { Signal } from './fault-told.ts';
import { handleFault } from './fault.ts';
import type { SimulatedProcess } from './process.ts';
import { ACCESSED, AT_ACCESSED, AT_DIRTY, AT_WRITABLE, DIRTY, PRESENT, WRITABLE } from './tile.ts';
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
  if (write && end - start === 1 && writeWritable(process, start)) return null;
  for (let page = start; page < end;) {
    const vma = process.vmas.lookup(page);
    if (vma === null || !allows(vma, write)) return { signal: 'SIGSEGV', page };
    const tile = process.table.find(page);
    if (tile !== null) {
      const stop = Math.min(end, vma.end, tile.end);
      if (tile.huge === 0) {
        page = accessTable(process, vma, tile, page, stop, write);
        if (page === stop) continue;
      } else if ((tile.huge & (write ? WRITABLE : PRESENT)) !== 0) {
        tile.huge |= ACCESSED | (write ? DIRTY : 0);
        page = stop;
        continue;
      }
    }
    const area = process.vmas.lookup(page);
    const signal = area === null ? 'SIGSEGV' : handleFault(process, area, page, write);
    if (signal !== null) return { signal, page };
    page++;
  }
  return null;
}

/** A write to an entry that is writable already, as the MMU does it: no look at the VMA, no fault. */
function writeWritable(process: SimulatedProcess, page: number): boolean {
  const tile = process.table.find(page);
  if (tile === null || tile.huge !== 0) return false;
  const { words } = tile;
  const index = page - tile.base;
  const word = index >>> 5;
  const bit = 1 << (index & 31);
  if ((words[AT_WRITABLE + word] & bit) === 0) return false;
  words[AT_ACCESSED + word] |= bit;
  words[AT_DIRTY + word] |= bit;
  return true;
}
