import { WORDS_PER_TILE } from '../memory/page.ts';
import { Plane, PLANE_COUNT } from '../memory/plane.ts';
import { countPlane } from './apply.ts';
import type { Frame, FrameTiles } from './frame.ts';
import { TileWriter } from './tile-writer.ts';

/**
 * One frame that does what `first` and then `second` do, and shows every page that either of them shows as written in
 * mode interval. `second` must be a key frame or build on `first`, else the two don't fit and the result is null.
 */
export function mergeFrames(first: Frame, second: Frame): Frame | null {
  if (second.kind === 'delta' && (second.base !== first.sequence || second.mode !== first.mode)) return null;
  // What was written before the mode changed belongs to another way of counting; the key frame tells all.
  const joins = second.mode === 'interval' && first.mode === 'interval';
  const kind = second.kind === 'key' ? 'key' : first.kind;
  const tiles = mergeTiles(first.tiles, second.tiles, joins, second.kind === 'key');
  return {
    ...second,
    kind,
    base: kind === 'key' ? second.sequence : first.base,
    merged: first.merged + second.merged,
    writtenPages: joins ? countPlane(tiles, Plane.Written) : second.writtenPages,
    vmas: second.vmas ?? first.vmas,
    tiles,
  };
}

/** Union of the tiles; a plane that both name is taken from `second`, or, if `joins` and it is Written, from both. */
function mergeTiles(first: FrameTiles, second: FrameTiles, joins: boolean, writtenOnly: boolean): FrameTiles {
  if (writtenOnly && !joins) return second;
  const firstAt = planeOffsets(first);
  const secondAt = planeOffsets(second);
  const inSecond = new Map<number, number>();
  second.indexes.forEach((tile, i) => inSecond.set(tile, i));
  const writer = new TileWriter();
  const both = new Uint32Array(WORDS_PER_TILE);

  const add = (i: number, j: number): void => {
    const masks = [
      i < 0 ? 0 : first.masks[i] & (writtenOnly ? 1 << Plane.Written : -1),
      j < 0 ? 0 : second.masks[j],
    ] as const;
    let from = i < 0 ? 0 : firstAt[i];
    let to = j < 0 ? 0 : secondAt[j];
    for (let plane = 0; plane < PLANE_COUNT; plane++) {
      const bit = 1 << plane;
      const old = (masks[0] & bit) !== 0;
      const fresh = (masks[1] & bit) !== 0;
      if (old && fresh && joins && plane === Plane.Written) {
        for (let w = 0; w < WORDS_PER_TILE; w++) both[w] = first.words[from + w] | second.words[to + w];
        writer.plane(plane, both, 0);
      } else if (fresh) {
        writer.plane(plane, second.words, to);
      } else if (old) {
        writer.plane(plane, first.words, from);
      }
      if (i >= 0 && (first.masks[i] & bit) !== 0) from += WORDS_PER_TILE;
      if (fresh) to += WORDS_PER_TILE;
    }
  };
  first.indexes.forEach((tile, i) => {
    const j = inSecond.get(tile) ?? -1;
    inSecond.delete(tile);
    add(i, j);
    writer.finish(tile);
  });
  for (const [tile, j] of inSecond) {
    add(-1, j);
    writer.finish(tile);
  }
  return writer.take();
}

/** Offset in `words` of each tile's first plane. */
function planeOffsets({ masks }: FrameTiles): Uint32Array {
  const result = new Uint32Array(masks.length);
  let at = 0;
  masks.forEach((mask, i) => {
    result[i] = at;
    for (let rest = mask; rest !== 0; rest &= rest - 1) at += WORDS_PER_TILE;
  });
  return result;
}
