import { EXCLUSIVE, FILE, PINNED, PRESENT, SWAP, ZERO, type Tile, type TileState } from './tile.ts';

/** One page-table entry: flags of tile.ts, frame of a page shared by a fork, pins. */
export interface EntryState {
  readonly flags: number;
  readonly frame: number;
  readonly pins: number;
}

/** Why many entries of a page table changed at once. */
export type EntriesChange = 'access' | 'clear' | 'zap' | 'protect' | 'fork' | 'move' | 'reclaim' | 'advice';

export type EntryEvent =
  | {
      readonly type: 'entry';
      readonly process: number;
      readonly page: number;
      readonly before: EntryState;
      readonly after: EntryState;
    }
  | {
      readonly type: 'entries';
      readonly process: number;
      /** First page of the tile. */
      readonly page: number;
      readonly change: EntriesChange;
      readonly before: TileState;
      readonly after: TileState;
    };

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

/** Sets an entry without counting it and without an event: for undo. */
export function writeEntry(tile: Tile, index: number, state: EntryState): void {
  tile.change(index, tile.entry(index), state.flags);
  if (hasFrame(state.flags)) tile.setFrame(index, state.frame);
  if (state.pins > 0) (tile.pins ??= new Map()).set(index, state.pins);
  else tile.pins?.delete(index);
}
