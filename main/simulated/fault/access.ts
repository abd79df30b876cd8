import { accessTable, writePage } from './access-table.ts';
import { toldAccess } from './traced-access.ts';
import type { Signal } from './fault-event.ts';
import { handleFault } from './fault.ts';
import type { SimulatedProcess } from '../process.ts';
import { ACCESSED, DIRTY, PRESENT, WRITABLE } from '../mm/tile.ts';
import { VM_ACCESS, VM_WRITE } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/** How an access ended: null where every page was accessed, else the page that was not and why. */
export type AccessResult = { readonly signal: Signal; readonly page: number } | null;

/** access_error(): whether the VMA allows the access; on x86 any right allows reading. */
export function allows(vma: Vma, write: boolean): boolean {
  return (vma.flags & (write ? VM_WRITE : VM_ACCESS)) !== 0;
}

/** Accesses pages [start, end), ascending, as the MMU does: an entry that allows it gets A (and D), else a fault. */
export function access(process: SimulatedProcess, start: number, end: number, write: boolean): AccessResult {
  const { journal } = process;
  if (!journal.on) return quickAccess(process, start, end, write);
  if (journal.focus === null) return toldAccess(process, start, end, write);
  const isIts = journal.focus.process === process.id;
  const from = isIts ? Math.min(end, Math.max(start, journal.focus.start)) : end;
  const to = isIts ? Math.max(from, Math.min(end, journal.focus.end)) : end;
  return (
    quickAccess(process, start, from, write) ??
    toldAccess(process, from, to, write) ??
    quickAccess(process, to, end, write)
  );
}

/** The same in bulk, a page table at a time. */
function quickAccess(process: SimulatedProcess, start: number, end: number, write: boolean): AccessResult {
  if (write && end - start === 1 && writePage(process, start)) return null;
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
