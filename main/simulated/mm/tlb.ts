import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { MachineEvent } from './events.ts';
import type { PageTable } from './page-table.ts';
import { ACCESSED, DIRTY } from './tile.ts';

const ENTRIES = 64;

/**
 * A translation look-aside buffer of 64 entries, the oldest out first; a huge page has one entry. It exists for events
 * alone: it is filled while there is a listener, and no result depends on it. Changed entries leave it
 * (flush_tlb_range()).
 */
export class Tlb {
  private readonly table: PageTable;
  private readonly pages = new Set<number>();

  constructor(table: PageTable) {
    this.table = table;
  }

  lookup(page: number): boolean {
    return this.pages.has(this.entryOf(page));
  }

  insert(page: number): void {
    const entry = this.entryOf(page);
    if (this.pages.has(entry)) return;
    const [oldest] = this.pages;
    if (oldest !== undefined && this.pages.size >= ENTRIES) this.pages.delete(oldest);
    this.pages.add(entry);
  }

  flush(start = 0, end = Infinity): void {
    for (const page of this.pages) if (page >= start && page < end) this.pages.delete(page);
  }

  /** Flushes what an event of this address space makes stale. A and D alone need no flush. */
  update(event: MachineEvent): void {
    if (event.type === 'entry') {
      const changed = event.before.flags ^ event.after.flags;
      if ((changed & ~(ACCESSED | DIRTY)) === 0 && event.before.frame === event.after.frame) return;
      this.flush(event.page, event.page + 1);
    } else if (event.type === 'entries' || event.type === 'pmd') {
      this.flush(event.page, event.page + PAGES_PER_TILE);
    } else if (event.type === 'table-moved') this.flush();
  }

  private entryOf(page: number): number {
    const tile = this.table.find(page);
    return tile !== null && tile.huge !== 0 ? tile.base : page;
  }
}
