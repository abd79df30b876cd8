import { WORDS_PER_TILE } from '../memory/page.ts';
import { EVENT_PLANES, Plane, PLANE_COUNT } from '../memory/plane.ts';
import { TileSet } from '../memory/tile-set.ts';
import type { SampleMode } from '../source/source.ts';
import type { FrameTiles } from './frame.ts';
import { TileWriter } from './tile-writer.ts';

export const ALL_PLANES = (1 << PLANE_COUNT) - 1;
/** Planes of events, as a mask: every sample has them, and in mode interval they hold for one frame. */
export const WRITE_PLANES = EVENT_PLANES.reduce<number>((mask, plane) => mask | (1 << plane), 0);
const WORDS_PER_SLOT = PLANE_COUNT * WORDS_PER_TILE;

/**
 * Brings `state` up to `sample` and returns what changed, as a delta frame carries it.
 *
 * `planes` is the mask of the planes that the sample holds; the others stay as they are. In mode hold the result names
 * the planes that differ; in mode interval it names the write planes wherever they are not empty.
 */
export function advanceTiles(
  state: TileSet,
  sample: TileSet,
  planes: number,
  mode: SampleMode,
  writer = new TileWriter(),
): FrameTiles {
  for (let slot = 0; slot < sample.size; slot++) {
    state.ensure(sample.indexes[slot]);
  }
  const to = state.words;
  const from = sample.words;
  for (let slot = 0; slot < state.size; slot++) {
    const tile = state.indexes[slot];
    // Both sets meet the tiles in the same order while nothing is mapped or unmapped.
    const other = sample.indexes[slot] === tile ? slot : sample.find(tile);
    for (let plane = 0; plane < PLANE_COUNT; plane++) {
      if ((planes & (1 << plane)) === 0) continue;
      const at = state.offset(slot, plane as Plane);
      const source = other < 0 ? -1 : sample.offset(other, plane as Plane);
      const changed = source < 0 ? empty(to, at) : copy(to, at, from, source);
      if (mode === 'interval' && (WRITE_PLANES & (1 << plane)) !== 0) {
        if (source >= 0 && !isEmpty(from, source)) writer.plane(plane, from, source);
      } else if (changed) {
        writer.plane(plane, to, at);
      }
    }
    writer.finish(tile);
  }
  return writer.take();
}

/** Every plane of `state` that is not empty, as a key frame carries it. */
export function keyTiles(state: TileSet, writer = new TileWriter()): FrameTiles {
  for (let slot = 0; slot < state.size; slot++) {
    for (let plane = 0; plane < PLANE_COUNT; plane++) {
      const at = state.offset(slot, plane as Plane);
      if (!isEmpty(state.words, at)) writer.plane(plane, state.words, at);
    }
    writer.finish(state.indexes[slot]);
  }
  return writer.take();
}

/**
 * Adds the events of `more` to those of `into`. The order of both does not matter:
 * - Written where either has it; Fresh where it is and neither has it by an entry of its own;
 * - Touched where either has it and it is not known to be written, Hot where neither is known;
 * - Gone where either has it: the page was given back at some time of both.
 */
export function joinWrites(into: TileSet, more: TileSet): void {
  for (let slot = 0; slot < more.size; slot++) {
    const written = more.offset(slot, Plane.Written);
    const touched = more.offset(slot, Plane.Touched);
    const hot = more.offset(slot, Plane.Hot);
    const gone = more.offset(slot, Plane.Gone);
    if (![written, touched, hot, gone].some((at) => !isEmpty(more.words, at))) continue;
    const fresh = more.offset(slot, Plane.Fresh);
    const target = into.ensure(more.indexes[slot]);
    const at = EVENT_PLANES.map((plane) => into.offset(target, plane));
    const from = [written, fresh, touched, hot, gone];
    for (let w = 0; w < WORDS_PER_TILE; w++) joinWord(into.words, at, more.words, from, w);
  }
}

/** Joins word `w` of the planes of events at `from` to those at `at`; both in the order of EVENT_PLANES. */
export function joinWord(
  words: Uint32Array,
  [written, fresh, touched, hot, gone]: readonly number[],
  more: Uint32Array,
  [moreWritten, moreFresh, moreTouched, moreHot, moreGone]: readonly number[],
  w: number,
): void {
  const own = (words[written + w] & ~words[fresh + w]) | (more[moreWritten + w] & ~more[moreFresh + w]);
  const all = words[written + w] | more[moreWritten + w];
  const read = (words[touched + w] | more[moreTouched + w]) & ~all;
  words[written + w] = all;
  words[fresh + w] = all & ~own;
  words[touched + w] = read;
  words[hot + w] = (words[hot + w] | more[moreHot + w]) & ~all & ~read;
  words[gone + w] |= more[moreGone + w];
}

/** Tiles of `state` with nothing in them: a key frame leaves them out. */
export function countEmptyTiles(state: TileSet): number {
  let total = 0;
  for (let slot = 0; slot < state.size; slot++) if (isEmptyTile(state, slot)) total++;
  return total;
}

/** The tiles of `state` that are not empty, as a set of their own. */
export function withoutEmptyTiles(state: TileSet): TileSet {
  const result = new TileSet();
  for (let slot = 0; slot < state.size; slot++) {
    if (isEmptyTile(state, slot)) continue;
    const at = result.ensure(state.indexes[slot]) * WORDS_PER_SLOT;
    result.words.set(state.words.subarray(slot * WORDS_PER_SLOT, (slot + 1) * WORDS_PER_SLOT), at);
  }
  return result;
}

function isEmptyTile(tiles: TileSet, slot: number): boolean {
  const { words } = tiles;
  for (let at = slot * WORDS_PER_SLOT; at < (slot + 1) * WORDS_PER_SLOT; at++)
    if (words[at] !== 0) return false;
  return true;
}

function isEmpty(words: Uint32Array, at: number): boolean {
  for (let w = at; w < at + WORDS_PER_TILE; w++) if (words[w] !== 0) return false;
  return true;
}

/** Clears a plane; whether that changed anything. */
function empty(words: Uint32Array, at: number): boolean {
  if (isEmpty(words, at)) return false;
  words.fill(0, at, at + WORDS_PER_TILE);
  return true;
}

/** Copies a plane; whether that changed anything. */
function copy(to: Uint32Array, at: number, from: Uint32Array, source: number): boolean {
  let w = 0;
  while (w < WORDS_PER_TILE && to[at + w] === from[source + w]) w++;
  if (w === WORDS_PER_TILE) return false;
  for (; w < WORDS_PER_TILE; w++) to[at + w] = from[source + w];
  return true;
}
