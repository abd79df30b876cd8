import { WORDS_PER_TILE } from '../memory/page.ts';
import { EVENT_PLANES, Plane, PLANE_COUNT } from '../memory/plane.ts';
import { countPlane } from './apply.ts';
import { joinWord, WRITE_PLANES } from './delta.ts';
import type { Frame, FrameTiles } from './frame.ts';
import { StampMerger } from './stamps.ts';
import { TileWriter } from './tile-writer.ts';

/**
 * One frame that does what `first` and then `second` do; in mode interval it has the events of both, joined as
 * `joinWrites` does, and keeps when each page was last written. `second` must be a key frame or build on `first`, else the two don't fit and the result is null.
 */
export function mergeFrames(first: Frame, second: Frame): Frame | null {
  if (second.kind === 'delta' && (second.base !== first.sequence || second.mode !== first.mode)) return null;
  // Writes before a change of mode are counted differently; the key frame has the whole state.
  const joins = second.mode === 'interval' && first.mode === 'interval';
  const kind = second.kind === 'key' ? 'key' : first.kind;
  // From the frames before a key frame only the writes are kept.
  const keeps = second.kind === 'delta' ? -1 : joins ? WRITE_PLANES : 0;
  const stamps = joins ? new StampMerger(first, second) : null;
  const tiles = keeps === 0 ? second.tiles : mergeTiles(first.tiles, second.tiles, keeps, stamps);
  return {
    ...second,
    kind,
    base: kind === 'key' ? second.sequence : first.base,
    merged: first.merged + second.merged,
    writtenPages: joins ? countPlane(tiles, Plane.Written) : second.writtenPages,
    vmas: second.vmas ?? first.vmas,
    tiles,
    ...(stamps && { stamps: stamps.take() }),
    ...(second.kind === 'delta' && first.earlier && { earlier: first.earlier }),
  };
}

/**
 * Union of the tiles; of `first` only the planes in `keeps`. A plane in both is the second's; with `stamps` writes are joined
 * and their times merged.
 */
function mergeTiles(
  first: FrameTiles,
  second: FrameTiles,
  keeps: number,
  stamps: StampMerger | null,
): FrameTiles {
  const firstAt = tileOffsets(first);
  const secondAt = tileOffsets(second);
  const inSecond = new Map<number, number>();
  second.indexes.forEach((tile, i) => inSecond.set(tile, i));
  const writer = new TileWriter();
  const old = new PlaneFinder(first, keeps);
  const fresh = new PlaneFinder(second, -1);
  const add = (tile: number, i: number, j: number): void => {
    old.seek(i, i < 0 ? 0 : firstAt[i]);
    fresh.seek(j, j < 0 ? 0 : secondAt[j]);
    stamps?.tile(tile, old.read, fresh.read);
    mergeTile(writer, old, fresh, stamps !== null);
    writer.finish(tile);
  };
  first.indexes.forEach((tile, i) => {
    const j = inSecond.get(tile) ?? -1;
    inSecond.delete(tile);
    add(tile, i, j);
  });
  for (const [tile, j] of inSecond) add(tile, -1, j);
  return writer.take();
}

/** Planes of events of one tile, in the order of EVENT_PLANES, and of another one that is joined to it. */
const joined = new Uint32Array(EVENT_PLANES.length * WORDS_PER_TILE);
const more = new Uint32Array(joined.length);
const JOINED_AT = EVENT_PLANES.map((_, i) => i * WORDS_PER_TILE);

function mergeTile(writer: TileWriter, first: PlaneFinder, second: PlaneFinder, joins: boolean): void {
  if (joins) joinEvents(first, second);
  for (let plane = 0; plane < PLANE_COUNT; plane++) {
    if (joins && (WRITE_PLANES & (1 << plane)) !== 0) {
      const at = JOINED_AT[EVENT_PLANES.findIndex((event) => event === plane)];
      if (joined.subarray(at, at + WORDS_PER_TILE).some((word) => word !== 0))
        writer.plane(plane, joined, at);
      continue;
    }
    const at = second.find(plane);
    if (at >= 0) writer.plane(plane, second.words, at);
    else {
      const before = first.find(plane);
      if (before >= 0) writer.plane(plane, first.words, before);
    }
  }
}

/** Leaves in `joined` what `joinWrites` makes of the events of both. */
function joinEvents(first: PlaneFinder, second: PlaneFinder): void {
  EVENT_PLANES.forEach((plane, i) => {
    first.copy(plane, joined, JOINED_AT[i]);
    second.copy(plane, more, JOINED_AT[i]);
  });
  for (let w = 0; w < WORDS_PER_TILE; w++) joinWord(joined, JOINED_AT, more, JOINED_AT, w);
}

/** Where the planes of one tile are in a frame's words. */
class PlaneFinder {
  readonly words: Uint32Array;
  private readonly masks: Uint32Array;
  private readonly keeps: number;
  private readonly offsets = new Int32Array(PLANE_COUNT);

  constructor(tiles: FrameTiles, keeps: number) {
    this.words = tiles.words;
    this.masks = tiles.masks;
    this.keeps = keeps;
  }

  /** Goes to tile `i`, whose first plane is at `at`; -1 for a tile that is not there. */
  seek(i: number, at: number): void {
    const mask = i < 0 ? 0 : this.masks[i];
    let next = at;
    for (let plane = 0; plane < PLANE_COUNT; plane++) {
      const named = (mask & (1 << plane)) !== 0;
      this.offsets[plane] = named && (this.keeps & (1 << plane)) !== 0 ? next : -1;
      if (named) next += WORDS_PER_TILE;
    }
  }

  /** Offset of a plane, or -1 if it is not named. */
  find(plane: number): number {
    return this.offsets[plane];
  }

  /** Word `w` of a plane; 0 if it is not named. */
  readonly read = (plane: Plane, w: number): number => {
    const from = this.offsets[plane];
    return from < 0 ? 0 : this.words[from + w];
  };

  /** Copies a plane; zeros if it is not named. */
  copy(plane: Plane, to: Uint32Array, at: number): void {
    const from = this.offsets[plane];
    for (let w = 0; w < WORDS_PER_TILE; w++) to[at + w] = from < 0 ? 0 : this.words[from + w];
  }
}

/** Offset in `words` of each tile's first plane. */
function tileOffsets({ masks }: FrameTiles): Uint32Array {
  const result = new Uint32Array(masks.length);
  let at = 0;
  masks.forEach((mask, i) => {
    result[i] = at;
    for (let rest = mask; rest !== 0; rest &= rest - 1) at += WORDS_PER_TILE;
  });
  return result;
}
