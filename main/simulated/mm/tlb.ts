import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { EventSink } from './event-sink.ts';
import type { EntryEvent } from './entry.ts';
import type { PageTable, PageTableEvent } from './page-table.ts';
import { ACCESSED, DIRTY, WRITABLE } from './tile.ts';

const MAX_ENTRIES = 64;

/** One cached translation: of a page, or of a huge page (`pages` 512), with the bits that its entry had. */
export interface TlbEntry {
  readonly page: number;
  readonly pages: number;
  readonly writable: boolean;
  readonly dirty: boolean;
}

export interface TlbEvent {
  readonly type: 'tlb';
  readonly process: number;
  readonly change: 'fill' | 'flush';
  readonly before: readonly TlbEntry[];
  readonly after: readonly TlbEntry[];
}

/**
 * A translation look-aside buffer of 64 entries, the oldest out first; a huge page has one entry. It exists for events
 * alone: it is filled while there is a listener, and no result depends on it. Changed entries leave it
 * (flush_tlb_range()).
 */
export class Tlb {
  private readonly table: PageTable;
  private readonly events: EventSink<TlbEvent>;
  private readonly process: number;
  /** Oldest first; replaced as a whole, so that events and undo can keep it. */
  private cached: readonly TlbEntry[] = [];

  constructor(table: PageTable, events: EventSink<TlbEvent>, process: number) {
    this.table = table;
    this.events = events;
    this.process = process;
  }

  get entries(): readonly TlbEntry[] {
    return this.cached;
  }

  /** The translation of `page`; null if it is not cached. */
  lookup(page: number): TlbEntry | null {
    return this.cached.find((entry) => page >= entry.page && page < entry.page + entry.pages) ?? null;
  }

  /** Caches the translation of `page` with the bits of its entry. */
  fill(page: number): void {
    const tile = this.table.find(page);
    if (tile === null) return;
    const flags = tile.entry(page - tile.base);
    const [writable, dirty] = [(flags & WRITABLE) !== 0, (flags & DIRTY) !== 0];
    const known = this.lookup(page);
    if (known !== null && known.writable === writable && known.dirty === dirty) return;
    const huge = tile.huge !== 0;
    const entry = { page: huge ? tile.base : page, pages: huge ? PAGES_PER_TILE : 1, writable, dirty };
    const others = this.cached.filter((other) => other !== known).slice(1 - MAX_ENTRIES);
    this.change('fill', [...others, entry]);
  }

  /** Drops what overlaps pages [start, end). */
  private flush(start: number, end: number): void {
    const kept = this.cached.filter((entry) => entry.page >= end || entry.page + entry.pages <= start);
    if (kept.length < this.cached.length) this.change('flush', kept);
  }

  /** Flushes what an event of this address space makes stale. A and D alone need no flush. */
  update(event: EntryEvent | PageTableEvent): void {
    if (event.type === 'entry') {
      const changed = event.before.flags ^ event.after.flags;
      if ((changed & ~(ACCESSED | DIRTY)) === 0 && event.before.frame === event.after.frame) return;
      this.flush(event.page, event.page + 1);
    } else if (event.type === 'table-moved') this.flush(0, Infinity);
    else if (event.type !== 'directory') this.flush(event.page, event.page + PAGES_PER_TILE);
  }

  /** Sets what is cached, without an event: for undo, and before the first listener. */
  restore(entries: readonly TlbEntry[]): void {
    this.cached = entries;
  }

  private change(change: TlbEvent['change'], after: readonly TlbEntry[]): void {
    const before = this.cached;
    this.cached = after;
    if (this.events.active) this.events.emit({ type: 'tlb', process: this.process, change, before, after });
  }
}
