/** When pages were last written, as frames report it: kept in the tile table, in ms of the session + 1. */
import type { FrameState } from '#shared/frame/apply.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { type FrameStamps, stampOf } from '#shared/frame/stamps.ts';
import { popcount, testBit } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { TileTable } from './tile-table.ts';

/** Sets times from frames. */
export class TimeStamper {
  private readonly table: TileTable;
  /** Pages of the current tile that were newly written, and those that get a time; used again for each tile. */
  private readonly rising = new Uint32Array(WORDS_PER_TILE);
  private readonly lit = new Uint32Array(WORDS_PER_TILE);

  constructor(table: TileTable) {
    this.table = table;
  }

  /**
   * Sets the times of the pages that `frame` shows as newly written.
   * @param state what the frame builds on, before it is applied  @returns whether there were any
   */
  stamp(frame: Frame, state: FrameState): boolean {
    const { indexes, masks, words } = frame.tiles;
    const { table, rising } = this;
    const { stamps } = frame;
    let wrote = false;
    const merged = new Map<number, number>();
    stamps?.indexes.forEach((tile, position) => merged.set(tile, position));
    const sameMode = frame.mode === state.mode;
    const time = Math.round(frame.time) + 1;
    const writtenBit = 1 << Plane.Written;
    const freshBit = 1 << Plane.Fresh;
    let at = 0;
    for (let i = 0; i < indexes.length; i++) {
      const mask = masks[i] ?? 0;
      const tile = indexes[i] ?? 0;
      const slot = table.ensure(tile);
      const writtenAt = (mask & writtenBit) !== 0 ? at : -1;
      const freshAt = (mask & freshBit) !== 0 ? at + WORDS_PER_TILE * popcount(mask & (freshBit - 1)) : -1;
      at += WORDS_PER_TILE * popcount(mask);
      // Planes that a frame of mode hold leaves out stay as they are.
      const keeps = frame.kind === 'delta' && frame.mode === 'hold';
      if (writtenAt < 0 && (!keeps || freshAt < 0)) continue;

      const old = sameMode ? state.tiles.find(tile) : -1;
      const oldWritten = old < 0 ? -1 : state.tiles.offset(old, Plane.Written);
      const oldFresh = old < 0 ? -1 : state.tiles.offset(old, Plane.Fresh);
      // In mode hold a time only marks the page as written: all that a key frame has gets one.
      const lit = frame.mode === 'hold' && frame.kind === 'key' ? this.lit : rising;
      let any = 0;
      let risen = 0;
      for (let w = 0; w < WORDS_PER_TILE; w++) {
        const before = wordAt(state.tiles.words, oldWritten, w) & ~wordAt(state.tiles.words, oldFresh, w);
        const written =
          writtenAt >= 0 ? wordAt(words, writtenAt, w) : wordAt(state.tiles.words, oldWritten, w);
        const fresh =
          freshAt >= 0 ? wordAt(words, freshAt, w) : keeps ? wordAt(state.tiles.words, oldFresh, w) : 0;
        const own = written & ~fresh;
        rising[w] = frame.mode === 'hold' ? own & ~before : own;
        if (lit !== rising) lit[w] = own;
        any |= own;
        risen |= rising[w] ?? 0;
      }
      if (any === 0) continue;
      const position = merged.get(tile);
      if (stamps && position !== undefined)
        stampEach(table, slot, rising, (page) => stampOf(stamps, position, page));
      else if (lit.every((word) => word === 0xffffffff)) table.fillTimes(slot, time);
      else stampBits(table.raiseTimes(slot), lit, time);
      if (risen !== 0) wrote = true;
    }
    return wrote;
  }
}

/** Takes over the times before a frame that is shown alone; those known so far are of another position. */
export function replaceTimes(table: TileTable, earlier: FrameStamps): void {
  table.forgetTimes();
  earlier.indexes.forEach((tile, position) => {
    const times = table.ensureTimes(table.ensure(tile));
    for (let page = 0; page < PAGES_PER_TILE; page++) {
      const time = stampOf(earlier, position, page);
      if (time !== null) times[page] = Math.round(time) + 1;
    }
  });
}

/** Removes times later than `time`, which have not happened yet. @returns the slots where there were any */
export function rewindTimes(table: TileTable, time: number): number[] {
  const latest = Math.round(time) + 1;
  const touched: number[] = [];
  for (let slot = 0; slot < table.size; slot++) {
    if (!table.times(slot)?.some((seen) => seen > latest)) continue;
    const times = table.ensureTimes(slot);
    for (let i = 0; i < times.length; i++) if ((times[i] ?? 0) > latest) times[i] = 0;
    touched.push(slot);
  }
  return touched;
}

/** A word of a plane that begins at `at`; 0 if `at` is negative. */
export function wordAt(words: Uint32Array, at: number, w: number): number {
  return at < 0 ? 0 : (words[at + w] ?? 0);
}

/** Writes `time` for every page whose bit is set. */
function stampBits(times: Uint32Array, bits: Uint32Array, time: number): void {
  for (let w = 0; w < WORDS_PER_TILE; w++) setTimes(times, w, bits[w] ?? 0, time);
}

/** Writes `time` for the pages of word `w` whose bit is set. */
export function setTimes(times: Uint32Array, w: number, bits: number, time: number): void {
  if (bits === 0xffffffff) {
    times.fill(time, w * 32, w * 32 + 32);
    return;
  }
  for (let word = bits; word !== 0; word &= word - 1) {
    times[w * 32 + 31 - Math.clz32(word & -word)] = time;
  }
}

/** Writes its own time for every page whose bit is set, later than those before; null: none. */
function stampEach(
  table: TileTable,
  slot: number,
  bits: Uint32Array,
  timeOf: (page: number) => number | null,
): void {
  const times = table.raiseTimes(slot);
  for (let page = 0; page < PAGES_PER_TILE; page++) {
    if (!testBit(bits, 0, page)) continue;
    const time = timeOf(page);
    if (time === null) table.lower(slot);
    times[page] = time === null ? 0 : Math.round(time) + 1;
  }
}
