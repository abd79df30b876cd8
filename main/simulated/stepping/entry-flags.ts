import type { TouchedEntries } from '#shared/contract/steps.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { WALK_LEVELS, type WalkLevel } from '#shared/source/page-walk.ts';
import {
  ACCESSED,
  DIRTY,
  EXCLUSIVE,
  FILE,
  GUARD,
  LAZY_FREE,
  PINNED,
  PLANES,
  PRESENT,
  SOFT,
  SWAP,
  UFFD_WP,
  WRITABLE,
  ZERO,
  type PmdState,
  type TileState,
} from '../mm/tile.ts';

const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [PRESENT, 'P'],
  [WRITABLE, 'RW'],
  [ACCESSED, 'A'],
  [DIRTY, 'D'],
  [SOFT, 'SD'],
  [ZERO, 'ZERO'],
  [EXCLUSIVE, 'EXCLUSIVE'],
  [FILE, 'FILE'],
  [SWAP, 'SWAP'],
  [GUARD, 'GUARD'],
  [UFFD_WP, 'UFFD-WP'],
  [PINNED, 'PINNED'],
  [LAZY_FREE, 'LAZY-FREE'],
];

/** The names of an entry's flags (bits of tile.ts), in the order of the entry's bits. */
export function flagNames(flags: number): string[] {
  return FLAG_NAMES.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
}

/** What a leaf entry with these flags is, in words. */
export function entryFlagsText(flags: number): string {
  if (flags === 0) return 'none';
  if ((flags & SWAP) !== 0) return 'a swap entry';
  if ((flags & GUARD) !== 0) return 'a guard marker';
  if ((flags & PRESENT) === 0) return 'a userfaultfd marker';
  const right = (flags & WRITABLE) !== 0 ? 'writable' : 'read-only';
  const soft = (flags & SOFT) !== 0 ? 'soft-dirty' : 'clean';
  return `present, ${right}, ${soft}`;
}

/** The name of a level, 1 PTE … 5; the root of four or five levels is the PGD. */
export function levelName(level: number, levels: number): WalkLevel {
  return level === levels ? 'PGD' : WALK_LEVELS[WALK_LEVELS.length - level];
}

/** Index of `page` in a table of `level`, and the table's first page. */
export function placeOf(page: number, level: number): { base: number; index: number } {
  const span = PAGES_PER_TILE ** (level - 1);
  const base = Math.floor(page / (span * PAGES_PER_TILE)) * span * PAGES_PER_TILE;
  return { base, index: Math.floor((page - base) / span) };
}

/** One entry of the table of `level` that covers `page`. */
export function oneEntry(
  where: { readonly process: number; readonly page: number; readonly level: number; readonly levels: number },
  before: number,
  after: number,
): TouchedEntries {
  const { base, index } = placeOf(where.page, where.level);
  return {
    process: where.process,
    level: levelName(where.level, where.levels),
    base,
    runs: [[index, 1]],
    set: flagNames(after & ~before),
    cleared: flagNames(before & ~after),
  };
}

/** Which entries of a page table differ, and in which flags. */
export interface TableDiff {
  /** [first index, entries], ascending. */
  readonly runs: [number, number][];
  /** Flags that some entries gained and lost, as bits of tile.ts. */
  readonly set: number;
  readonly cleared: number;
}

export function tableDiff(before: TileState | null, after: TileState | null): TableDiff {
  const runs: [number, number][] = [];
  let set = 0;
  let cleared = 0;
  for (let word = 0; word < WORDS_PER_TILE; word++) {
    let changed = 0;
    for (let plane = 0; plane < PLANES; plane++) {
      const at = plane * WORDS_PER_TILE + word;
      const old = before?.words[at] ?? 0;
      const now = after?.words[at] ?? 0;
      if ((now & ~old) !== 0) set |= 1 << plane;
      if ((old & ~now) !== 0) cleared |= 1 << plane;
      changed |= old ^ now;
    }
    for (let bit = 0; changed !== 0 && bit < 32; bit++) {
      if (((changed >>> bit) & 1) === 0) continue;
      const index = word * 32 + bit;
      const last = runs.at(-1);
      if (last !== undefined && last[0] + last[1] === index) last[1]++;
      else runs.push([index, 1]);
    }
  }
  return { runs, set, cleared };
}

/** Flags of entry `index` in a table's state. */
export function entryOf({ words }: TileState, index: number): number {
  let flags = 0;
  for (let plane = 0; plane < PLANES; plane++) {
    flags |= ((words[plane * WORDS_PER_TILE + (index >>> 5)] >>> (index & 31)) & 1) << plane;
  }
  return flags;
}

/** Flags of the entry of page `index` of a tile: those of the huge page, or of its PTE. */
export function pmdEntryOf(state: PmdState, index: number): number {
  if (state === null) return 0;
  return state.kind === 'huge' ? state.flags : entryOf(state.table, index);
}

/** Pages of runs of entries of a page table that begins at `base`. */
export function runPages(
  base: number,
  runs: readonly (readonly [number, number])[],
): { start: number; pages: number }[] {
  return runs.map(([index, pages]) => ({ start: base + index, pages }));
}

/** `gain P, RW and lose SD`, for one entry with the s of the third person. */
export function changeText(set: number, cleared: number, one: boolean): string {
  const s = one ? 's' : '';
  const parts: string[] = [];
  if (set !== 0) parts.push(`gain${s} ${flagNames(set).join(', ')}`);
  if (cleared !== 0) parts.push(`lose${s} ${flagNames(cleared).join(', ')}`);
  return parts.length === 0 ? `change${s} frame` : parts.join(' and ');
}
