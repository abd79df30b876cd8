import { createRequire } from 'node:module';
import { damaged } from './bytes.ts';

interface Zstd {
  readonly isLoaded: Promise<unknown>;
  compress(bytes: Uint8Array, level?: number): Uint8Array;
  decompress(bytes: Uint8Array, size: number): Uint8Array;
}

let loaded: Zstd | null = null;

/** A fast level; on runs its output is hardly larger than that of higher levels. */
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

/** The first bytes of a frame that decoders pass over, then its length as u32. */
const SKIPPABLE = 0x184d2a50;
const SKIPPABLE_HEADER = 8;

/**
 * Compresses, and adds a frame that decoders pass over if it would be smaller than a `most`th: readers bound what they
 * unpack by the size of the file, and a regular pattern of pages compresses thousands of times.
 */
export function compressPadded(bytes: Uint8Array, most: number): Uint8Array {
  const compressed = compress(bytes);
  const missing = Math.ceil(bytes.length / most) - compressed.length;
  if (missing <= 0) return compressed;
  const size = Math.max(missing, SKIPPABLE_HEADER);
  const result = new Uint8Array(compressed.length + size);
  result.set(compressed);
  const view = new DataView(result.buffer, compressed.length);
  view.setUint32(0, SKIPPABLE, true);
  view.setUint32(4, size - SKIPPABLE_HEADER, true);
  return result;
}

/**
 * @param size the decompressed size stated in the file; checked against `most` before anything is allocated
 * @throws InspectorError `damaged-file` if that is more, or something else comes out
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
