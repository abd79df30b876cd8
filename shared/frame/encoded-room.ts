import type { FrameTiles } from './frame.ts';

/** Bytes of an encoded frame before its tiles, see codec.ts. */
export const HEADER_BYTES = 96;

/** The buffer that the tiles made by `tilesWithRoom` are views of. */
const rooms = new WeakMap<FrameTiles, ArrayBuffer>();

/**
 * Copies tiles to where an encoded frame of tiles alone has them, so that such a frame, nearly every one of a live session, is encoded
 * without another copy: buffers outside V8's heap are what its garbage collector is started for.
 * @param words 16 for each plane of each tile
 */
export function tilesWithRoom(indexes: Float64Array, masks: Uint32Array, words: Uint32Array): FrameTiles {
  const buffer = new ArrayBuffer(HEADER_BYTES + indexes.byteLength + masks.byteLength + words.byteLength);
  const masksAt = HEADER_BYTES + indexes.byteLength;
  const tiles: FrameTiles = {
    indexes: new Float64Array(buffer, HEADER_BYTES, indexes.length),
    masks: new Uint32Array(buffer, masksAt, masks.length),
    words: new Uint32Array(buffer, masksAt + masks.byteLength, words.length),
  };
  tiles.indexes.set(indexes);
  tiles.masks.set(masks);
  tiles.words.set(words);
  rooms.set(tiles, buffer);
  return tiles;
}

/** The buffer around `tiles`, with room for a header; null where they have memory of their own. */
export function roomAround(tiles: FrameTiles): ArrayBuffer | null {
  return rooms.get(tiles) ?? null;
}
