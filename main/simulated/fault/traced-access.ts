import { isAllowed, type AccessResult } from './access-check.ts';
import { setEntry } from '../mapping/entries.ts';
import { emitFault } from './fault-event.ts';
import { handleFault } from './fault.ts';
import { setHuge } from '../mapping/huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { ACCESSED, DIRTY, PRESENT, WRITABLE } from '../mm/tile.ts';
import { walkedLevels } from '../mm/walk.ts';

/** access() with an event for each step: TLB, walk, fault, entry. */
export function tracedAccess(mm: MmStruct, start: number, end: number, write: boolean): AccessResult {
  for (let page = start; page < end; page++) {
    const tlb = lookup(mm, page, write);
    const walk = tlb === 'hit' ? [] : walkedLevels(mm.table, page);
    const vma = mm.vmas.lookup(page);
    mm.events.emit({ type: 'access', process: mm.id, page, write, tlb, walk, vma });
    const signal = accessPage(mm, page, write);
    if (signal !== null) {
      emitFault(mm, page, write, signal);
      return { signal, page };
    }
    mm.tlb.fill(page);
  }
  return null;
}

/** A cached translation without the D bit is enough for a read; for a write the processor walks again, to set it. */
function lookup(mm: MmStruct, page: number, write: boolean): 'hit' | 'miss' | 'stale' {
  const cached = mm.tlb.lookup(page);
  if (cached === null) return 'miss';
  if (!write || cached.dirty) return 'hit';
  const tile = mm.table.find(page);
  return tile !== null && (tile.entry(page - tile.base) & WRITABLE) !== 0 ? 'stale' : 'hit';
}

function accessPage(mm: MmStruct, page: number, write: boolean) {
  const vma = mm.vmas.lookup(page);
  if (vma === null || !isAllowed(vma, write)) return 'SIGSEGV';
  const tile = mm.table.find(page);
  if (tile !== null) {
    const index = page - tile.base;
    const entry = tile.entry(index);
    if ((entry & (write ? WRITABLE : PRESENT)) !== 0) {
      const after = entry | ACCESSED | (write ? DIRTY : 0);
      if (after !== entry && tile.huge !== 0) setHuge(mm, tile, after);
      else if (after !== entry) setEntry(mm, tile, index, entry, after);
      return null;
    }
  }
  return handleFault(mm, vma, page, write);
}
