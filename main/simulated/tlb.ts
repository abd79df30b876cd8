import type { SimulatedProcess } from './process.ts';

const ENTRIES = 64;

/**
 * A translation look-aside buffer of 64 entries, oldest out first, for telling alone: it is filled while someone
 * listens, and what it knows changes nothing. A change of an entry flushes it.
 */
export class Tlb {
  private readonly pages = new Set<number>();

  lookup(process: SimulatedProcess, page: number): boolean {
    return this.pages.has(key(process, page));
  }

  insert(process: SimulatedProcess, page: number): void {
    const entry = key(process, page);
    if (this.pages.has(entry)) return;
    if (this.pages.size >= ENTRIES) {
      for (const oldest of this.pages) {
        this.pages.delete(oldest);
        break;
      }
    }
    this.pages.add(entry);
  }

  flush(): void {
    this.pages.clear();
  }
}

/** A huge page has one entry: its first page. */
function key(process: SimulatedProcess, page: number): number {
  const tile = process.table.find(page);
  return tile !== null && tile.huge !== 0 ? tile.base : page;
}
