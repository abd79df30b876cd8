import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { EventSink } from './event-sink.ts';
import { pmdState, Tile, type PmdState } from './tile.ts';

/** Why a PMD entry changed. */
export type PmdChange =
  | 'table-made'
  | 'table-freed'
  | 'huge-mapped'
  | 'huge-moved'
  | 'huge-changed'
  | 'huge-split'
  | 'huge-zapped'
  | 'collapsed';

export type PageTableEvent =
  | {
      readonly type: 'pmd';
      readonly process: number;
      readonly page: number;
      readonly change: PmdChange;
      readonly before: PmdState;
      readonly after: PmdState;
    }
  | {
      /** A table above the PMD entries was made or freed; level 2 holds PMD entries, 3 PUD, 4 PGD or P4D. */
      readonly type: 'directory';
      readonly process: number;
      readonly level: number;
      readonly page: number;
      readonly before: boolean;
      readonly after: boolean;
    }
  | {
      /** A whole table went to another address (mremap): level 1 holds PTEs, 2 PMD entries. */
      readonly type: 'table-moved';
      readonly process: number;
      readonly level: 1 | 2;
      readonly before: number;
      readonly after: number;
    };

const FANOUT = 512;
/** Pages under one entry of a PMD, PUD, PGD or P4D, and PGD with LA57, by level. */
const SPAN = [0, 1, FANOUT, FANOUT ** 2, FANOUT ** 3, FANOUT ** 4] as const;

const NOTHING: readonly (Directory | Tile | null)[] = new Array<null>(FANOUT).fill(null);

/** A table above the PTEs. Level 2: its entries are PMD entries, each none, a page table or a huge page. */
export class Directory {
  readonly level: number;
  /** First page under it. Changed only when a whole PMD table moves. */
  base: number;
  /** Empty tables share one array: ended processes keep theirs. */
  children: readonly (Directory | Tile | null)[] = NOTHING;
  private own: (Directory | Tile | null)[] = [];
  /** One bit a child that exists, so that holes are skipped 32 at a time. */
  private readonly used = new Uint32Array(FANOUT / 32);
  count = 0;

  constructor(level: number, base: number) {
    this.level = level;
    this.base = base;
  }

  /** Pages under one of its entries. */
  get span(): number {
    return SPAN[this.level];
  }

  get end(): number {
    return this.base + this.span * FANOUT;
  }

  set(index: number, child: Directory | Tile | null): void {
    const was = this.children[index] !== null;
    if (this.count === 0) this.children = this.own = [...NOTHING];
    this.own[index] = child;
    if (was === (child !== null)) return;
    this.used[index >>> 5] ^= 1 << (index & 31);
    this.count += was ? -1 : 1;
    if (this.count > 0) return;
    this.own = [];
    this.children = NOTHING;
  }

  /** Index of the first child at `from` or after it, below `to`; -1 if there is none. */
  next(from: number, to: number): number {
    for (let word = from >>> 5; word * 32 < to; word++) {
      let bits = this.used[word];
      if (word === from >>> 5) bits &= -1 << (from & 31);
      if (bits === 0) continue;
      const index = word * 32 + 31 - Math.clz32(bits & -bits);
      return index < to ? index : -1;
    }
    return -1;
  }
}

/** For `near` before a table was used: covers no page. */
const NOWHERE = new Directory(2, Infinity);

/** The page table of one process: 4 levels, or 5 with LA57; the lowest one is kept in tiles. */
export class PageTable {
  readonly root: Directory;
  private readonly events: EventSink<PageTableEvent>;
  private readonly process: number;
  /** The PMD table that was used last. */
  private near: Directory;

  constructor(levels: 4 | 5, events: EventSink<PageTableEvent>, process: number) {
    this.root = new Directory(levels, 0);
    this.events = events;
    this.process = process;
    this.near = NOWHERE;
  }

  /** What the PMD entry of `page` holds, or null. */
  find(page: number): Tile | null {
    const near = this.near;
    const offset = page - near.base;
    if (offset >= 0 && offset < SPAN[3]) return near.children[offset >>> 9] as Tile | null;
    const pmd = this.directory(page, 2);
    if (pmd === null) return null;
    this.near = pmd;
    return pmd.children[Math.floor((page - pmd.base) / SPAN[2])] as Tile | null;
  }

  /** First tile that ends after `page` and begins below `end`; null if there is none. */
  next(page: number, end: number): Tile | null {
    if (page >= end) return null;
    const near = this.near;
    const offset = page - near.base;
    if (offset >= 0 && offset < SPAN[3]) {
      const index = near.next(offset >>> 9, FANOUT);
      if (index >= 0) {
        const tile = near.children[index] as Tile;
        return tile.base < end ? tile : null;
      }
    }
    const tile = this.descend(this.root, page, end);
    if (tile !== null) this.find(tile.base);
    return tile;
  }

  private descend(table: Directory, page: number, end: number): Tile | null {
    const span = table.span;
    const from = Math.max(0, Math.floor((page - table.base) / span));
    const to = Math.min(FANOUT, Math.ceil((end - table.base) / span));
    for (let index = table.next(from, to); index >= 0; index = table.next(index + 1, to)) {
      const child = table.children[index];
      if (child instanceof Tile) return child;
      const found = child === null ? null : this.descend(child, page, end);
      if (found !== null) return found;
    }
    return null;
  }

  /** The table of `level` that covers `page`, or null if it does not exist. */
  directory(page: number, level: number): Directory | null {
    let table = this.root;
    if (page >= table.end) return null;
    while (table.level > level) {
      const child = table.children[Math.floor((page - table.base) / table.span)];
      if (child === null || child instanceof Tile) return null;
      table = child;
    }
    return table;
  }

  /** Like `directory`, but creates missing tables (pud_alloc(), pmd_alloc()). */
  ensureDirectory(page: number, level: number): Directory {
    let table = this.root;
    while (table.level > level) {
      const index = Math.floor((page - table.base) / table.span);
      let child = table.children[index];
      if (child === null || child instanceof Tile) {
        child = new Directory(table.level - 1, table.base + index * table.span);
        table.set(index, child);
        this.emitDirectory(child, true);
      }
      table = child;
    }
    return table;
  }

  /** pte_alloc(): the page table of `page`, made if the PMD entry is none. A huge page is returned unchanged. */
  ensure(page: number): Tile {
    const known = this.find(page);
    if (known !== null) return known;
    const tile = new Tile(Math.floor(page / PAGES_PER_TILE) * PAGES_PER_TILE);
    this.install(tile, 'table-made');
    return tile;
  }

  /** Puts a new tile into its PMD entry, which must be none. */
  install(tile: Tile, change: PmdChange): void {
    const pmd = this.ensureDirectory(tile.base, 2);
    pmd.set(Math.floor((tile.base - pmd.base) / SPAN[2]), tile);
    if (this.events.active) this.emitPmd(tile.base, change, null, tile);
  }

  /** Makes a PMD entry none. What the tile holds must have been accounted for. */
  remove(tile: Tile, change: PmdChange): void {
    if (this.events.active) this.emitPmd(tile.base, change, tile, null);
    const pmd = this.ensureDirectory(tile.base, 2);
    pmd.set(Math.floor((tile.base - pmd.base) / SPAN[2]), null);
  }

  /** Moves a whole page table (level 1) or PMD table (level 2) to an address where there is none. */
  moveTable(level: 1 | 2, from: number, to: number): void {
    const source = this.ensureDirectory(from, level + 1);
    const target = this.ensureDirectory(to, level + 1);
    const index = Math.floor((from - source.base) / source.span);
    const child = source.children[index];
    if (child === null) return;
    source.set(index, null);
    target.set(Math.floor((to - target.base) / target.span), child);
    this.near = NOWHERE;
    child.base = to;
    if (child instanceof Directory) {
      for (let i = child.next(0, FANOUT); i >= 0; i = child.next(i + 1, FANOUT)) {
        (child.children[i] as Tile).base = to + i * SPAN[2];
      }
    }
    if (this.events.active) {
      this.events.emit({ type: 'table-moved', process: this.process, level, before: from, after: to });
    }
  }

  /** free_pgtables(): frees the tables that touch [start, end) and that no VMA overlaps; `used` returns whether one does. */
  prune(start: number, end: number, used: (start: number, end: number) => boolean): void {
    this.pruneUnder(this.root, start, end, used);
  }

  private pruneUnder(
    table: Directory,
    start: number,
    end: number,
    used: (start: number, end: number) => boolean,
  ): void {
    const span = table.span;
    const from = Math.max(0, Math.floor((start - table.base) / span));
    const to = Math.min(FANOUT, Math.ceil((end - table.base) / span));
    for (let index = table.next(from, to); index >= 0; index = table.next(index + 1, to)) {
      const child = table.children[index];
      if (child instanceof Directory) this.pruneUnder(child, start, end, used);
      const base = table.base + index * span;
      if (used(base, base + span)) continue;
      if (child instanceof Tile) this.remove(child, 'table-freed');
      else if (child !== null && child.count === 0) this.removeDirectory(child);
    }
  }

  /** Frees an empty table above the PTEs. */
  removeDirectory(directory: Directory): void {
    const parent = this.directory(directory.base, directory.level + 1);
    if (parent === null) return;
    parent.set(Math.floor((directory.base - parent.base) / parent.span), null);
    if (directory === this.near) this.near = NOWHERE;
    this.emitDirectory(directory, false);
  }

  private emitDirectory(directory: Directory, made: boolean): void {
    if (!this.events.active) return;
    const { level, base: page } = directory;
    this.events.emit({ type: 'directory', process: this.process, level, page, before: !made, after: made });
  }

  private emitPmd(page: number, change: PmdChange, before: Tile | null, after: Tile | null): void {
    this.events.emit({
      type: 'pmd',
      process: this.process,
      page,
      change,
      before: pmdState(before),
      after: pmdState(after),
    });
  }
}
