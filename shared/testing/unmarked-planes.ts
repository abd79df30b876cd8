import { countBits } from '../memory/bitmap.ts';
import { PLANE_COUNT, type Plane } from '../memory/plane.ts';
import type { TileSet } from '../memory/tile-set.ts';

/** Planes of `tiles` with pages that are missing in `TileSet.used`; there must be none. */
export function unmarkedPlanes(tiles: TileSet): number[] {
  return Array.from({ length: PLANE_COUNT }, (_, plane) => plane).filter(
    (plane) =>
      (tiles.used & (1 << plane)) === 0 &&
      tiles.indexes.some((_, slot) => countBits(tiles.words, tiles.offset(slot, plane as Plane)) > 0),
  );
}
