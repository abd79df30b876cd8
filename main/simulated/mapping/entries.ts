import { entryState, writeEntry, type EntriesChange, type EntryState } from '../mm/entry.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { tileState, type Tile, type TileState } from '../mm/tile.ts';

/** Changes one entry from `before`, which it has, to `after`; it keeps its frame. */
export function setEntry(mm: MmStruct, tile: Tile, index: number, before: number, after: number): void {
  if (before === 0) {
    if (after !== 0) mm.memory.populated++;
  } else if (after === 0) mm.memory.populated--;
  if (mm.events.active) emitEntry(mm, tile, index, before, after);
  else tile.change(index, before, after);
}

function emitEntry(mm: MmStruct, tile: Tile, index: number, before: number, after: number): void {
  const old = entryState(tile, index, before);
  tile.change(index, before, after);
  const page = tile.base + index;
  mm.events.emit({
    type: 'entry',
    process: mm.id,
    page,
    before: old,
    after: entryState(tile, index),
  });
}

/** The same with another frame and number of pins: for pages that move or are pinned. */
export function putEntry(mm: MmStruct, tile: Tile, index: number, after: EntryState): void {
  const before = entryState(tile, index);
  if (before.flags === 0) {
    if (after.flags !== 0) mm.memory.populated++;
  } else if (after.flags === 0) mm.memory.populated--;
  writeEntry(tile, index, after);
  if (mm.events.active) {
    mm.events.emit({ type: 'entry', process: mm.id, page: tile.base + index, before, after });
  }
}

/** A copy of the table for emitEntries(); null without a listener. */
export function stateBefore(mm: MmStruct, tile: Tile): TileState | null {
  return mm.events.active ? tileState(tile) : null;
}

/** Reports what changed in a table since stateBefore(). */
export function emitEntries(mm: MmStruct, tile: Tile, change: EntriesChange, before: TileState | null): void {
  if (before === null) return;
  const after = tileState(tile);
  if (sameState(before, after)) return;
  mm.events.emit({ type: 'entries', process: mm.id, page: tile.base, change, before, after });
}

function sameState(a: TileState, b: TileState): boolean {
  return (
    a.frameBase === b.frameBase &&
    a.pins.length === b.pins.length &&
    (a.frames === null) === (b.frames === null) &&
    a.words.every((word, at) => word === b.words[at]) &&
    (a.frames === null || a.frames.every((frame, at) => frame === b.frames?.[at]))
  );
}
