import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { MachineEvent } from '../events/events.ts';
import type { Machine } from '../machine.ts';
import type { SimulatedProcess } from '../process.ts';
import { ACCESSED, DIRTY } from './tile.ts';

const ENTRIES = 64;

/**
 * A translation look-aside buffer of 64 entries, the oldest out first; a huge page has one entry. For telling alone: it
 * is filled while someone listens, and what it knows changes nothing. Changed entries leave it (flush_tlb_range()).
 */
export class Tlb {
  private readonly pages = new Set<number>();

  lookup(process: SimulatedProcess, page: number): boolean {
    return this.pages.has(entryOf(process, page));
  }

  insert(process: SimulatedProcess, page: number): void {
    const entry = entryOf(process, page);
    if (this.pages.has(entry)) return;
    const [oldest] = this.pages;
    if (oldest !== undefined && this.pages.size >= ENTRIES) this.pages.delete(oldest);
    this.pages.add(entry);
  }

  flush(start = 0, end = Infinity): void {
    for (const page of this.pages) if (page >= start && page < end) this.pages.delete(page);
  }
}

function entryOf(process: SimulatedProcess, page: number): number {
  const tile = process.table.find(page);
  return tile !== null && tile.huge !== 0 ? tile.base : page;
}

/** Flushes what an event makes untrue. A and D alone need no flush. */
export function flushTlb(machine: Machine, event: MachineEvent): void {
  if (event.type === 'entry') {
    const changed = event.before.flags ^ event.after.flags;
    if ((changed & ~(ACCESSED | DIRTY)) === 0 && event.before.frame === event.after.frame) return;
    machine.processes[event.process].tlb.flush(event.page, event.page + 1);
  } else if (event.type === 'entries' || event.type === 'pmd') {
    machine.processes[event.process].tlb.flush(event.page, event.page + PAGES_PER_TILE);
  } else if (event.type === 'table-moved') machine.processes[event.process].tlb.flush();
}
