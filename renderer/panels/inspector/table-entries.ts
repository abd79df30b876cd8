import { countBits, testBit } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { FrameStore } from '../../data/frame-store.ts';

/** The window's state of one entry of a table: 0 nothing, else the pages below it. */
export const Entry = { Empty: 0, Used: 1, Swapped: 2, Written: 3 } as const;

export interface TableEntries {
  /** First page that entry 0 leads to. */
  readonly base: number;
  /** Pages an entry leads to. */
  readonly span: number;
  /** 512 numbers of Entry. */
  readonly entries: Uint8Array;
  readonly used: number;
  readonly written: number;
}

type Known = Pick<FrameStore, 'tiles'>;

/**
 * The 512 entries of the table that bits from `low` on of the address index, on the way to `page`, as far as frames
 * cover them. Costs the tiles that are known; for a PTE table, one.
 */
export function tableEntries(frames: Known, page: number, low: number): TableEntries {
  const span = 2 ** (low - 12);
  const base = Math.floor(page / (span * 512)) * span * 512;
  const entries = new Uint8Array(512);
  if (span === 1) fillPtes(frames, tileOfPage(page), entries);
  else fillTables(frames, base, span, entries);
  let [used, written] = [0, 0];
  for (const entry of entries) {
    if (entry !== Entry.Empty) used++;
    if (entry === Entry.Written) written++;
  }
  return { base, span, entries, used, written };
}

function fillPtes({ tiles }: Known, tile: number, entries: Uint8Array): void {
  const slot = tiles.find(tile);
  if (slot < 0) return;
  const has = (plane: Plane, i: number): boolean => testBit(tiles.words, tiles.offset(slot, plane), i);
  for (let i = 0; i < PAGES_PER_TILE; i++) {
    if (has(Plane.Written, i) && !has(Plane.Fresh, i)) entries[i] = Entry.Written;
    else if (has(Plane.Swapped, i)) entries[i] = Entry.Swapped;
    else if (has(Plane.Present, i) || has(Plane.Written, i)) entries[i] = Entry.Used;
  }
}

function fillTables({ tiles }: Known, base: number, span: number, entries: Uint8Array): void {
  const first = base / PAGES_PER_TILE;
  const tilesPerEntry = span / PAGES_PER_TILE;
  tiles.indexes.forEach((tile, slot) => {
    const at = Math.floor((tile - first) / tilesPerEntry);
    if (at < 0 || at >= 512 || entries[at] === Entry.Written) return;
    const count = (plane: Plane): number => countBits(tiles.words, tiles.offset(slot, plane));
    if (count(Plane.Written) > count(Plane.Fresh)) entries[at] = Entry.Written;
    else if (count(Plane.Present) + count(Plane.Swapped) > 0) entries[at] = Entry.Used;
  });
}
