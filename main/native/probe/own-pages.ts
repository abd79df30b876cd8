import { closeSync, openSync, readSync } from 'node:fs';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { call, tryCall } from '../syscalls/call.ts';
import { MMAP, SYS } from '../syscalls/constants.ts';
import { storeWord } from '../syscalls/ffi.ts';

/** Pages of our own for tests: private, anonymous, never huge, not adjacent to other mappings. */
export class OwnPages {
  /** Number of the first page. */
  readonly first: number;
  readonly count: number;
  private readonly pagemap: number;
  private readonly entryBytes = Buffer.alloc(8);

  constructor(count: number) {
    this.count = count;
    const protection = MMAP.PROT_READ | MMAP.PROT_WRITE;
    const flags = MMAP.MAP_PRIVATE | MMAP.MAP_ANONYMOUS;
    this.first = call('mmap', SYS.mmap, 0, count * PAGE_SIZE, protection, flags, -1, 0) / PAGE_SIZE;
    // Refused (EINVAL) if the kernel has no huge pages: then there are none to avoid.
    tryCall(SYS.madvise, this.first * PAGE_SIZE, count * PAGE_SIZE, MMAP.MADV_NOHUGEPAGE);
    this.pagemap = openSync('/proc/self/pagemap', 'r');
  }

  /** Writes page `index`, by a store of the processor. */
  write(index: number): void {
    storeWord(BigInt((this.first + index) * PAGE_SIZE), 1n);
  }

  /** The pagemap entry of page `index`, 64 bits. */
  entry(index: number): bigint {
    readSync(this.pagemap, this.entryBytes, 0, 8, (this.first + index) * 8);
    return this.entryBytes.readBigUInt64LE();
  }

  release(): void {
    closeSync(this.pagemap);
    tryCall(SYS.munmap, this.first * PAGE_SIZE, this.count * PAGE_SIZE);
  }

  /** Runs `task` on `count` pages that are gone afterwards. */
  static with<T>(count: number, task: (pages: OwnPages) => T): T {
    const pages = new OwnPages(count);
    try {
      return task(pages);
    } finally {
      pages.release();
    }
  }
}
