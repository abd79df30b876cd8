import { PAGE_SIZE } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { tryReadMemory } from '../syscalls/calls.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';

/** A block of glibc's malloc in its main heap. */
export interface HeapChunk {
  /** What malloc returned. */
  readonly address: bigint;
  /** Bytes that the program may use. */
  readonly bytes: number;
  readonly inUse: boolean;
}

/** malloc/malloc.c: a header of two words, sizes in multiples of 16, flags in the low three bits of the size. */
const HEADER = 16;
const MIN_CHUNK = 32;
const FLAGS = 7n;
const PREV_INUSE = 1n;
/** Most blocks that a walk visits. */
const MAX_CHUNKS = 5_000_000;
const BLOCK = 256 * PAGE_SIZE;

/** Blocks between two places at which a walk may be interrupted. */
const YIELD_EVERY = 1024;

export interface HeapWalk {
  readonly chunks: HeapChunk[];
  /** False if the walk met something that is not a block of glibc's before the end of the range. */
  readonly complete: boolean;
}

/**
 * The blocks of `heap` (the mapping [heap]) that have a byte in `range`, found by walking through all blocks from the beginning;
 * the walk ends at anything that is not a block of glibc's: another allocator's, or one that is being changed.
 */
export function* heapChunks(
  pid: number,
  heap: PageRange,
  range: { readonly start: bigint; readonly end: bigint },
): Generator<void, HeapWalk> {
  const words = new WordReader(pid);
  const end = BigInt(heap.end * PAGE_SIZE);
  const chunks: HeapChunk[] = [];
  let at = BigInt(heap.start * PAGE_SIZE);
  for (let count = 0; count < MAX_CHUNKS; count++) {
    if (count % YIELD_EVERY === YIELD_EVERY - 1) yield;
    const header = words.read(at + 8n);
    if (header === null) break;
    const size = header & ~FLAGS;
    if (size < BigInt(MIN_CHUNK) || size % 16n !== 0n || at + size > end) break;
    if (range.end <= at + BigInt(HEADER)) return { chunks, complete: true };
    // The next block begins with the last word of one that is in use.
    if (range.start < at + size + 8n) {
      const next = at + size + 8n < end ? words.read(at + size + 8n) : null;
      const inUse = next === null ? false : (next & PREV_INUSE) !== 0n;
      if (inUse || range.start < at + size)
        chunks.push({ address: at + BigInt(HEADER), bytes: Number(size) - 8, inUse });
    }
    at += size;
    if (at >= range.end || at === end) return { chunks, complete: true };
  }
  return { chunks, complete: false };
}

/** The block that holds `address`; null if there is none, or the walk did not get there. */
export function heapChunk(pid: number, heap: PageRange, address: bigint): HeapChunk | null {
  const walk = heapChunks(pid, heap, { start: address, end: address + 1n });
  for (;;) {
    const step = walk.next();
    if (step.done === true) return step.value.chunks[0] ?? null;
  }
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
