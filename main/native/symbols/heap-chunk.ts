import { PAGE_SIZE } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { tryReadMemory } from '../syscalls/calls.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';

/** A block of glibc's malloc in its main heap. */
export interface HeapChunk {
  /** What malloc returned. */
  readonly address: bigint;
  /** That the program may use. */
  readonly bytes: number;
  readonly inUse: boolean;
}

/** malloc/malloc.c: a header of two words, sizes in multiples of 16, flags in the low three bits of the size. */
const HEADER = 16;
const MIN_CHUNK = 32;
const FLAGS = 7n;
const PREV_INUSE = 1n;
/** Reading a heap of many small blocks takes this long at most. */
const MAX_CHUNKS = 5_000_000;
const BLOCK = 256 * PAGE_SIZE;

/**
 * The block of `heap` (the mapping [heap]) that holds `address`, found by walking through all blocks from the beginning; null where
 * the walk meets what is no block of glibc's: another allocator, or one that changes it just now.
 */
export function heapChunk(pid: number, heap: PageRange, address: bigint): HeapChunk | null {
  const words = new WordReader(pid);
  const end = BigInt(heap.end * PAGE_SIZE);
  let at = BigInt(heap.start * PAGE_SIZE);
  for (let chunks = 0; chunks < MAX_CHUNKS; chunks++) {
    const header = words.read(at + 8n);
    if (header === null) return null;
    const size = header & ~FLAGS;
    if (size < BigInt(MIN_CHUNK) || size % 16n !== 0n || at + size > end) return null;
    if (address < at + BigInt(HEADER)) return null;
    // The next block begins with the last word of one that is in use.
    if (address < at + size + 8n) {
      const next = at + size + 8n < end ? words.read(at + size + 8n) : null;
      const inUse = next === null ? false : (next & PREV_INUSE) !== 0n;
      if (!inUse && address >= at + size) return null;
      return { address: at + BigInt(HEADER), bytes: Number(size) - 8, inUse };
    }
    at += size;
  }
  return null;
}

/** Reads words of a process in blocks. */
class WordReader {
  private readonly pid: number;
  private readonly block = new NativeBuffer(BLOCK);
  private start = 0n;
  private bytes = 0;

  constructor(pid: number) {
    this.pid = pid;
  }

  read(address: bigint): bigint | null {
    if (address < this.start || address + 8n > this.start + BigInt(this.bytes)) {
      this.start = address;
      this.bytes = tryReadMemory(this.pid, this.block.address, address, BLOCK);
      if (this.bytes < 8) return null;
    }
    return this.block.u64[Number(address - this.start) / 8];
  }
}
