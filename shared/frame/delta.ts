import { WORDS_PER_TILE } from '../memory/page.ts';
import { EVENT_PLANES, Plane, PLANE_COUNT } from '../memory/plane.ts';
import { TileSet } from '../memory/tile-set.ts';
import type { SampleMode } from '../source/source.ts';
import type { FrameTiles } from './frame.ts';
import { TileWriter } from './tile-writer.ts';

export const ALL_PLANES = (1 << PLANE_COUNT) - 1;
/** Planes of events, as a mask: every sample has them, and in mode interval they hold for one frame. */
export const WRITE_PLANES = EVENT_PLANES.reduce<number>((mask, plane) => mask | (1 << plane), 0);

/**
 * Brings `state` up to `sample` and returns what changed, as a delta frame carries it.
 *
 * `planes` is the mask of the planes that the sample holds; the others stay as they are. In mode hold the result names
 * the planes that differ; in mode interval it names the write planes if they are not empty.
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
  // The others are empty in both.
  const visited = planes & (state.used | sample.used);
  state.used = (state.used & ~planes) | (sample.used & planes);
  // Both sets meet the tiles in the same order while nothing is mapped or unmapped.
  let next = 0;
  for (let slot = 0; slot < state.size; slot++) {
    const tile = state.indexes[slot];
    const other = next < sample.size && sample.indexes[next] === tile ? next : sample.find(tile);
    if (other >= 0) next = other + 1;
    for (let rest = visited; rest !== 0; rest &= rest - 1) {
      const plane = 31 - Math.clz32(rest & -rest);
      const at = state.offset(slot, plane as Plane);
      const source = other < 0 ? -1 : sample.offset(other, plane as Plane);
      const found = source < 0 ? empty(to, at) : copy(to, at, from, source);
      const events = mode === 'interval' && (WRITE_PLANES & (1 << plane)) !== 0;
      if ((found & (events ? FILLED : CHANGED)) !== 0) writer.plane(plane, to, at);
    }
    writer.finish(tile);
  }
  return writer.take();
}

/** Every plane of `state` that is not empty, as a key frame carries it. */
export function keyTiles(state: TileSet, writer = new TileWriter()): FrameTiles {
  for (let slot = 0; slot < state.size; slot++) {
    for (let rest = state.used; rest !== 0; rest &= rest - 1) {
      const plane = 31 - Math.clz32(rest & -rest);
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
  const events = (into.used | more.used) & WRITE_PLANES;
  into.mark(more.used & WRITE_PLANES);
  if (events === 1 << Plane.Written) return joinWritten(into, more);
  const at = [0, 0, 0, 0, 0];
  const from = [0, 0, 0, 0, 0];
  for (let slot = 0; slot < more.size; slot++) {
    EVENT_PLANES.forEach((plane, i) => (from[i] = more.offset(slot, plane)));
    const { words } = more;
    const written = from[0];
    const touched = from[2];
    const hot = from[3];
    const gone = from[4];
    let target = -1;
    for (let w = 0; w < WORDS_PER_TILE; w++) {
      if ((words[written + w] | words[touched + w] | words[hot + w] | words[gone + w]) === 0) continue;
      if (target < 0) {
        target = into.ensure(more.indexes[slot]);
        const found = target;
        EVENT_PLANES.forEach((plane, i) => (at[i] = into.offset(found, plane)));
      }
      joinWord(into.words, at, words, from, w);
    }
  }
}

/** `joinWrites` for sets that have no events but writes. */
function joinWritten(into: TileSet, more: TileSet): void {
  const from = more.words;
  for (let slot = 0; slot < more.size; slot++) {
    const source = more.offset(slot, Plane.Written);
    if (isEmpty(from, source)) continue;
    // Growing replaces `words`, so the slot comes first.
    const at = into.offset(into.ensure(more.indexes[slot]), Plane.Written);
    const to = into.words;
    for (let w = 0; w < WORDS_PER_TILE; w++) {
      const word = from[source + w];
      if (word !== 0) to[at + w] |= word;
    }
  }
}

/** Joins word `w` of the planes of events at `from` to those at `at`; both in the order of EVENT_PLANES. */
export function joinWord(
  words: Uint32Array,
  at: readonly number[],
  more: Uint32Array,
  from: readonly number[],
  w: number,
): void {
  const written = at[0] + w;
  const fresh = at[1] + w;
  const touched = at[2] + w;
  const hot = at[3] + w;
  const gone = at[4] + w;
  const own = (words[written] & ~words[fresh]) | (more[from[0] + w] & ~more[from[1] + w]);
  const all = words[written] | more[from[0] + w];
  const read = (words[touched] | more[from[2] + w]) & ~all;
  words[written] = all;
  words[fresh] = all & ~own;
  words[touched] = read;
  words[hot] = (words[hot] | more[from[3] + w]) & ~all & ~read;
  words[gone] |= more[from[4] + w];
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
  result.mark(state.used);
  for (let slot = 0; slot < state.size; slot++) {
    if (isEmptyTile(state, slot)) continue;
    const to = result.ensure(state.indexes[slot]);
    for (let rest = state.used; rest !== 0; rest &= rest - 1) {
      const plane = (31 - Math.clz32(rest & -rest)) as Plane;
      const at = state.offset(slot, plane);
      result.words.set(state.words.subarray(at, at + WORDS_PER_TILE), result.offset(to, plane));
    }
  }
  return result;
}

function isEmptyTile(tiles: TileSet, slot: number): boolean {
  for (let rest = tiles.used; rest !== 0; rest &= rest - 1) {
    const plane = (31 - Math.clz32(rest & -rest)) as Plane;
    if (!isEmpty(tiles.words, tiles.offset(slot, plane))) return false;
  }
  return true;
}

function isEmpty(words: Uint32Array, at: number): boolean {
  for (let w = at; w < at + WORDS_PER_TILE; w++) if (words[w] !== 0) return false;
  return true;
}

/** Result of updating a plane. */
const CHANGED = 1;
const FILLED = 2;

/** Clears a plane. */
function empty(words: Uint32Array, at: number): number {
  if (isEmpty(words, at)) return 0;
  words.fill(0, at, at + WORDS_PER_TILE);
  return CHANGED;
}

/** Copies a plane: whether that changed anything, and whether there is anything in it. */
function copy(to: Uint32Array, at: number, from: Uint32Array, source: number): number {
  let difference = 0;
  let any = 0;
  for (let w = 0; w < WORDS_PER_TILE; w++) {
    const word = from[source + w];
    any |= word;
    difference |= to[at + w] ^ word;
    to[at + w] = word;
  }
  return (difference === 0 ? 0 : CHANGED) | (any === 0 ? 0 : FILLED);
}
