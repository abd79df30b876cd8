import type { EntriesChange, EntryState } from '../events/events.ts';
import type { SimulatedProcess } from '../process.ts';
import {
  EXCLUSIVE,
  FILE,
  PINNED,
  PRESENT,
  SWAP,
  tileState,
  ZERO,
  type Tile,
  type TileState,
} from '../mm/tile.ts';

/** Whether an entry with these flags maps (or swapped out) an anonymous page that a fork made shared. */
export function hasFrame(flags: number): boolean {
  return (flags & (PRESENT | SWAP)) !== 0 && (flags & (EXCLUSIVE | ZERO | FILE)) === 0;
}

export function entryState(tile: Tile, index: number, flags = tile.entry(index)): EntryState {
  return {
    flags,
    frame: hasFrame(flags) ? tile.frame(index) : 0,
    pins: (flags & PINNED) === 0 ? 0 : (tile.pins?.get(index) ?? 0),
  };
}

/** Changes one entry from `before`, which it has, to `after`; it keeps its frame. */
export function setEntry(
  process: SimulatedProcess,
  tile: Tile,
  index: number,
  before: number,
  after: number,
): void {
  if (before === 0) {
    if (after !== 0) process.machine.populated++;
  } else if (after === 0) process.machine.populated--;
  if (process.journal.on) tellEntry(process, tile, index, before, after);
  else tile.change(index, before, after);
}

function tellEntry(
  process: SimulatedProcess,
  tile: Tile,
  index: number,
  before: number,
  after: number,
): void {
  const old = entryState(tile, index, before);
  tile.change(index, before, after);
  const page = tile.base + index;
  process.journal.emit({
    type: 'entry',
    process: process.id,
    page,
    before: old,
    after: entryState(tile, index),
  });
}

/** The same with another frame and number of pins: for pages that move or are pinned. */
export function putEntry(process: SimulatedProcess, tile: Tile, index: number, after: EntryState): void {
  const before = entryState(tile, index);
  if (before.flags === 0) {
    if (after.flags !== 0) process.machine.populated++;
  } else if (after.flags === 0) process.machine.populated--;
  writeEntry(tile, index, after);
  if (process.journal.on) {
    process.journal.emit({ type: 'entry', process: process.id, page: tile.base + index, before, after });
  }
}

/** Sets an entry without counting or telling: for undo. */
export function writeEntry(tile: Tile, index: number, state: EntryState): void {
  tile.change(index, tile.entry(index), state.flags);
  if (hasFrame(state.flags)) tile.setFrame(index, state.frame);
  if (state.pins > 0) (tile.pins ??= new Map()).set(index, state.pins);
  else tile.pins?.delete(index);
}

/** A copy of the table to tell the change with, where someone listens; null where not. */
export function remember(process: SimulatedProcess, tile: Tile): TileState | null {
  return process.journal.on ? tileState(tile) : null;
}

/** Tells what became of a table since remember(). */
export function tellEntries(
  process: SimulatedProcess,
  tile: Tile,
  change: EntriesChange,
  before: TileState | null,
): void {
  if (before === null) return;
  const after = tileState(tile);
  if (sameState(before, after)) return;
  process.journal.emit({ type: 'entries', process: process.id, page: tile.base, change, before, after });
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
