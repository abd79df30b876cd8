import { Directory, type PageTable } from './page-table.ts';
import { GUARD, PRESENT, SWAP, UFFD_WP, type Tile } from './tile.ts';

/** One entry on the way from the root to a page. */
interface WalkedEntry {
  /** 5 PGD of LA57 … 2 PMD. */
  readonly level: number;
  readonly index: number;
  /** What the entry holds: null for none; a tile is a page table or a huge page. */
  readonly child: Directory | Tile | null;
}

/** The entries above the PTE that a walk for `page` reads, top first. */
export function walkDirectories(table: PageTable, page: number): WalkedEntry[] {
  const entries: WalkedEntry[] = [];
  for (let at: Directory | Tile | null = table.root; at instanceof Directory;) {
    const index: number = Math.floor((page - at.base) / at.span);
    const child: Directory | Tile | null = at.children[index];
    entries.push({ level: at.level, index, child });
    at = child;
  }
  return entries;
}

/** One level of a page-table walk: what the entry for the address holds. */
export interface WalkedLevel {
  /** 5 PGD of LA57 … 1 PTE. */
  readonly level: number;
  readonly index: number;
  readonly found: 'none' | 'table' | 'page' | 'huge-page' | 'swap' | 'marker';
  /** Flags of tile.ts of the entry that ends the walk; 0 for tables. */
  readonly flags: number;
}

/** The levels that a walk for `page` reads, top first, down to the entry that ends it. */
export function walkedLevels(table: PageTable, page: number): WalkedLevel[] {
  return walkDirectories(table, page).flatMap(({ level, index, child }): WalkedLevel[] => {
    if (child === null) return [{ level, index, found: 'none', flags: 0 }];
    if (child instanceof Directory) return [{ level, index, found: 'table', flags: 0 }];
    if (child.huge !== 0) return [{ level, index, found: 'huge-page', flags: child.huge }];
    return [{ level, index, found: 'table', flags: 0 }, lastLevel(child, page)];
  });
}

function lastLevel(tile: Tile, page: number): WalkedLevel {
  const index = page - tile.base;
  const flags = tile.entry(index);
  if ((flags & PRESENT) !== 0) return { level: 1, index, found: 'page', flags };
  if ((flags & SWAP) !== 0) return { level: 1, index, found: 'swap', flags };
  return { level: 1, index, found: (flags & (GUARD | UFFD_WP)) !== 0 ? 'marker' : 'none', flags };
}
