import { PAGE_SIZE, pageOfAddress, pagesOfBytes } from '#shared/memory/page.ts';
import { MEM, PAGE, type PageProtection, type WindowsError } from './windows.ts';
import type { WriteWatches } from './write-watches.ts';

/** The program's own calls that VirtualAlloc and VirtualFree are made of; ranges are in pages. Each rejects if it fails. */
export interface ProgramMemory {
  /** mmap of pages that merge with no neighbour and have no huge pages (MADV_NOHUGEPAGE). Returns the first page. */
  map(pages: number, protection: PageProtection): Promise<number>;
  /** mprotect. */
  protect(start: number, pages: number, protection: PageProtection): Promise<void>;
  /** madvise(MADV_DONTNEED). */
  discard(start: number, pages: number): Promise<void>;
  /** munmap. */
  unmap(start: number, pages: number): Promise<void>;
}

interface Allocation {
  readonly start: number;
  readonly pages: number;
  readonly watched: boolean;
}

/** A reply of VirtualAlloc: the address, or why there is none. */
export type Allocated = { readonly base: bigint } | { readonly error: WindowsError };

/** VirtualAlloc, VirtualProtect and VirtualFree of one program on Linux's calls, with MEM_WRITE_WATCH. */
export class VirtualMemory {
  private readonly memory: ProgramMemory;
  private readonly watches: WriteWatches;
  private readonly allocations = new Map<number, Allocation>();

  constructor(memory: ProgramMemory, watches: WriteWatches) {
    this.memory = memory;
    this.watches = watches;
  }

  /** VirtualAlloc with no address: `type` must have MEM_RESERVE; MEM_WRITE_WATCH is possible only together with it. */
  async allocate(size: bigint, type: number, protection: PageProtection): Promise<Allocated> {
    const pages = pagesOfBytes(size);
    const known = MEM.RESERVE | MEM.COMMIT | MEM.WRITE_WATCH;
    if (pages < 1 || (type & MEM.RESERVE) === 0 || (type & ~known) !== 0)
      return { error: 'ERROR_INVALID_PARAMETER' };
    const committed = (type & MEM.COMMIT) !== 0;
    const watched = (type & MEM.WRITE_WATCH) !== 0;
    const start = await this.memory.map(pages, committed ? protection : PAGE.NOACCESS);
    if (watched) await this.watches.watch(start, pages);
    this.allocations.set(start, { start, pages, watched });
    return { base: BigInt(start) * BigInt(PAGE_SIZE) };
  }

  /** VirtualProtect, and VirtualAlloc with MEM_COMMIT of pages that are reserved. */
  async protect(base: bigint, size: bigint, protection: PageProtection): Promise<WindowsError> {
    const range = this.within(base, size);
    if (range === null) return 'ERROR_INVALID_PARAMETER';
    await this.memory.protect(range.start, range.pages, protection);
    return 'ERROR_SUCCESS';
  }

  /** VirtualFree with MEM_DECOMMIT; `size` 0: all of the allocation that begins at `base`. */
  async decommit(base: bigint, size: bigint): Promise<WindowsError> {
    const whole = size === 0n ? this.allocations.get(pageOfAddress(base)) : undefined;
    const range = whole ?? this.within(base, size);
    if (range === null) return 'ERROR_INVALID_PARAMETER';
    // Nothing can write between these two calls: the memory is not writable.
    await this.memory.protect(range.start, range.pages, PAGE.NOACCESS);
    await this.watches.keep(range.start, range.pages);
    await this.memory.discard(range.start, range.pages);
    return 'ERROR_SUCCESS';
  }

  /** VirtualFree with MEM_RELEASE. */
  async release(base: bigint): Promise<WindowsError> {
    const allocation = this.allocations.get(pageOfAddress(base));
    if (!allocation || base % BigInt(PAGE_SIZE) !== 0n) return 'ERROR_INVALID_PARAMETER';
    this.allocations.delete(allocation.start);
    if (allocation.watched) this.watches.unwatch(allocation.start);
    await this.memory.unmap(allocation.start, allocation.pages);
    return 'ERROR_SUCCESS';
  }

  private within(base: bigint, size: bigint): { start: number; pages: number } | null {
    if (size <= 0n) return null;
    const start = pageOfAddress(base);
    const end = pageOfAddress(base + size - 1n) + 1;
    for (const { start: first, pages } of this.allocations.values())
      if (first <= start && end <= first + pages) return { start, pages: end - start };
    return null;
  }
}
