import { isAllowed, type AccessResult } from './access-check.ts';
import { accessTable, writePage } from './access-table.ts';
import { tracedAccess } from './traced-access.ts';
import { emitFault } from './fault-event.ts';
import { handleFault } from './fault.ts';
import { emitEntries, stateBefore } from '../mapping/entries.ts';
import { setHuge } from '../mapping/huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { ACCESSED, DIRTY, PRESENT, WRITABLE } from '../mm/tile.ts';

/** Accesses pages [start, end), ascending, as the MMU does: an entry that allows it gets A (and D), else a fault. */
export function access(mm: MmStruct, start: number, end: number, write: boolean): AccessResult {
  const { events } = mm;
  if (!events.active) return quickAccess(mm, start, end, write);
  if (events.focus === null) {
    const traced = Math.min(end, start + events.maxTraced);
    return tracedAccess(mm, start, traced, write) ?? quickAccess(mm, traced, end, write);
  }
  const isIts = events.focus.process === mm.id;
  const from = isIts ? Math.min(end, Math.max(start, events.focus.start)) : end;
  const to = isIts ? Math.max(from, Math.min(end, events.focus.end)) : end;
  return (
    quickAccess(mm, start, from, write) ??
    tracedAccess(mm, from, to, write) ??
    quickAccess(mm, to, end, write)
  );
}

/** Like `access`, in bulk: a page table at a time; with a listener, every change of entries is reported. */
function quickAccess(mm: MmStruct, start: number, end: number, write: boolean): AccessResult {
  if (write && end - start === 1 && !mm.events.active && writePage(mm, start)) return null;
  for (let page = start; page < end;) {
    const vma = mm.vmas.lookup(page);
    if (vma === null || !isAllowed(vma, write)) {
      emitFault(mm, page, write, 'SIGSEGV');
      return { signal: 'SIGSEGV', page };
    }
    const tile = mm.table.find(page);
    if (tile !== null) {
      const stop = Math.min(end, vma.end, tile.end);
      if (tile.huge === 0) {
        const before = stateBefore(mm, tile);
        page = accessTable(mm, vma, tile, page, stop, write);
        emitEntries(mm, tile, 'access', before);
        if (page === stop) continue;
      } else if ((tile.huge & (write ? WRITABLE : PRESENT)) !== 0) {
        const flags = tile.huge | ACCESSED | (write ? DIRTY : 0);
        if (flags !== tile.huge) setHuge(mm, tile, flags);
        page = stop;
        continue;
      }
    }
    const area = mm.vmas.lookup(page);
    const signal = area === null ? 'SIGSEGV' : handleFault(mm, area, page, write);
    if (signal !== null) {
      emitFault(mm, page, write, signal);
      return { signal, page };
    }
    page++;
  }
  return null;
}
