import { closeSync, openSync, readSync } from 'node:fs';

/** The bytes of a file from `start` to `end`, fewer if it ends before. Throws if it cannot be read. */
export function readPart(path: string | Buffer, start: number, end: number): Buffer {
  const bytes = Buffer.alloc(end - start);
  const fd = openSync(path, 'r');
  try {
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, start));
  } finally {
    closeSync(fd);
  }
}
