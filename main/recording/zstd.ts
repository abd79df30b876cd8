import { createRequire } from 'node:module';
import { damaged } from './bytes.ts';

interface Zstd {
  readonly isLoaded: Promise<unknown>;
  compress(bytes: Uint8Array, level?: number): Uint8Array;
  decompress(bytes: Uint8Array, size: number): Uint8Array;
}

let loaded: Zstd | null = null;

/** Fast, and on bitmaps as runs hardly larger than the higher levels. */
const LEVEL = 3;

/** Must have resolved before the functions below are called. The codec is WebAssembly, compiled at first use. */
export async function loadZstd(): Promise<void> {
  if (loaded !== null) return;
  // A package of two files that find each other by their folder; the build puts it beside the bundle.
  const zstd = createRequire(import.meta.url)('@foxglove/wasm-zstd') as Zstd;
  await zstd.isLoaded;
  loaded = zstd;
}

function codec(): Zstd {
  if (loaded === null) throw new Error('zstd was not loaded');
  return loaded;
}

export function compress(bytes: Uint8Array): Uint8Array {
  return codec().compress(bytes, LEVEL);
}

/**
 * @param size what the file says that comes out; checked against `most` before anything is allocated
 * @throws InspectorError `damaged-file` where that is more, or something else comes out
 */
export function decompress(bytes: Uint8Array, size: number, most: number): Uint8Array {
  if (!(size <= most)) throw damaged(`a part of ${size} bytes, more than the ${most} there can be`);
  if (size === 0) return new Uint8Array(0);
  let result: Uint8Array;
  try {
    result = codec().decompress(bytes, size);
  } catch {
    throw damaged('a part cannot be decompressed');
  }
  if (result.length !== size) throw damaged(`a part has ${result.length} bytes instead of ${size}`);
  return result;
}
