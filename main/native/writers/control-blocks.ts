import { PAGE_SIZE } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { tryReadMemory } from '../syscalls/calls.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';

/** Bytes from a thread's control block that the kernel may write to when the thread ends: `tid` of glibc's struct pthread. */
const BLOCK_BYTES = 0x900;
const CHUNK_PAGES = 256;
/** How far above a stack pointer the control block is looked for: glibc puts it at the top of the stack. */
const MAX_STACK_PAGES = 16_384;
/** Mappings up to this size are searched as a whole; of larger ones both ends. */
const MAX_WHOLE_PAGES = 1024;
const END_PAGES = 16;

/**
 * Finds the control blocks of threads (glibc's struct pthread), which must not be armed: when a thread ends, the kernel clears its
 * `tid` there (CLONE_CHILD_CLEARTID) and cannot wait for a page then (handle_userfault, PF_EXITING), so that the
 * thread that joins it would wait forever. A block holds its own address twice, at 0 and 16 bytes.
 */
export class ControlBlocks {
  private readonly pid: number;
  private readonly chunk = new NativeBuffer(CHUNK_PAGES * PAGE_SIZE);

  constructor(pid: number) {
    this.pid = pid;
  }

  /** Pages with control blocks in a mapping that gets registered: those of threads that run, and of stacks kept for later threads. */
  inMapping({ start, end }: PageRange): PageRange[] {
    if (end - start <= MAX_WHOLE_PAGES) return this.search(start, end);
    return [...this.search(start, start + END_PAGES), ...this.search(end - END_PAGES, end)];
  }

  /** Pages with the control blocks above `stackPointer`, in the mapping that holds it. */
  above(stackPointer: bigint, mapping: PageRange): PageRange[] {
    const start = Number(stackPointer / BigInt(PAGE_SIZE));
    return this.search(start, Math.min(mapping.end, start + MAX_STACK_PAGES));
  }

  private search(start: number, end: number): PageRange[] {
    const found: PageRange[] = [];
    for (let page = start; page < end; page += CHUNK_PAGES) {
      const bytes = Math.min(CHUNK_PAGES, end - page) * PAGE_SIZE;
      const read = tryReadMemory(this.pid, this.chunk.address, page * PAGE_SIZE, bytes);
      if (read <= 0) continue;
      const { u32 } = this.chunk;
      const base = page * PAGE_SIZE;
      // Aligned to 64 bytes.
      for (let at = 0; at + 24 <= read; at += 64) {
        const word = at / 4;
        const address = base + at;
        if (u32[word] !== address % 2 ** 32 || u32[word + 4] !== u32[word]) continue;
        const high = Math.floor(address / 2 ** 32);
        if (u32[word + 1] !== high || u32[word + 5] !== high) continue;
        const first = Math.floor(address / PAGE_SIZE);
        found.push({ start: first, end: Math.floor((address + BLOCK_BYTES - 1) / PAGE_SIZE) + 1 });
      }
    }
    return found;
  }
}
