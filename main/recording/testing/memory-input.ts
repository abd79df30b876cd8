import type { Input } from '../input-file.ts';

/** Bytes in place of a file; last changed long ago. */
export function memoryInput(bytes: Uint8Array): Input {
  return {
    path: 'memory',
    facts: () => Promise.resolve({ size: bytes.length, modified: 0 }),
    // A copy, as from a file.
    read: (at, length) => Promise.resolve(bytes.slice(Math.max(0, at), at + length)),
    close: () => Promise.resolve(),
  };
}
