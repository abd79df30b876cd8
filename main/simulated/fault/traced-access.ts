import { allows, type AccessResult } from './access.ts';
import { setEntry } from '../mapping/entries.ts';
import { tellFault } from './fault-event.ts';
import { handleFault } from './fault.ts';
import { setHuge } from '../mapping/huge.ts';
import type { SimulatedProcess } from '../process.ts';
import { ACCESSED, DIRTY, PRESENT, WRITABLE } from '../mm/tile.ts';
import { walkSteps } from '../mm/walk.ts';

/** access() with every step told: TLB, walk, fault, entry. */
export function toldAccess(
  process: SimulatedProcess,
  start: number,
  end: number,
  write: boolean,
): AccessResult {
  for (let page = start; page < end; page++) {
    const hit = process.tlb.lookup(process, page);
    const walk = hit ? [] : walkSteps(process, page);
    process.journal.emit({
      type: 'access',
      process: process.id,
      page,
      write,
      tlb: hit ? 'hit' : 'miss',
      walk,
    });
    const signal = accessPage(process, page, write);
    if (signal !== null) {
      tellFault(process, page, write, signal);
      return { signal, page };
    }
    process.tlb.insert(process, page);
  }
  return null;
}

function accessPage(process: SimulatedProcess, page: number, write: boolean) {
  const vma = process.vmas.lookup(page);
  if (vma === null || !allows(vma, write)) return 'SIGSEGV';
  const tile = process.table.find(page);
  if (tile !== null) {
    const index = page - tile.base;
    const entry = tile.entry(index);
    if ((entry & (write ? WRITABLE : PRESENT)) !== 0) {
      const after = entry | ACCESSED | (write ? DIRTY : 0);
      if (after !== entry && tile.huge !== 0) setHuge(process, tile, after);
      else if (after !== entry) setEntry(process, tile, index, entry, after);
      return null;
    }
  }
  return handleFault(process, vma, page, write);
}
