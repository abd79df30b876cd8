import { readSync } from 'node:fs';

/**
 * Reads an open /proc file from its beginning into `buffer` (grown as needed): one buffer serves all reads, and an open
 * descriptor keeps referring to its address space when the pid is reused. Returns the buffer and the bytes in it; 0
 * bytes of maps mean that the address space no longer exists.
 */
export class WholeFile {
  private buffer = Buffer.allocUnsafe(1 << 16);
  private readonly fd: number;
  length = 0;

  constructor(fd: number) {
    this.fd = fd;
  }

  get bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  read(): Buffer {
    let length = 0;
    for (;;) {
      if (length === this.buffer.length) {
        const grown = Buffer.allocUnsafe(this.buffer.length * 2);
        this.buffer.copy(grown);
        this.buffer = grown;
      }
      const count = readSync(this.fd, this.buffer, length, this.buffer.length - length, length);
      if (count === 0) break;
      length += count;
    }
    this.length = length;
    return this.bytes;
  }
}
