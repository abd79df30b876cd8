import { PAGE_SIZE } from '#shared/memory/page.ts';
import { MemoryFile } from '../../process/memory-file.ts';
import { tryReadMemory } from '../../syscalls/calls.ts';
import { NativeBuffer } from '../../syscalls/native-buffer.ts';

/** Pages read at once. */
const BLOCK_PAGES = 64;
/** The slot of a present page whose contents could not be read. */
const UNREAD = -1;

/**
 * Contents of pages that are not registered, as they were at the last clear: such a page was written if it differs, or if it
 * was not there. Only pages in memory are read, so nothing is swapped in and no page is made.
 */
export class Contents {
  private readonly pid: number;
  private readonly memory: MemoryFile;
  private readonly block = new NativeBuffer(BLOCK_PAGES * PAGE_SIZE);
  /** Position of each page's copy in `store`. */
  private readonly slots = new Map<number, number>();
  private readonly free: number[] = [];
  private used = 0;
  private store = Buffer.alloc(0);

  constructor(pid: number) {
    this.pid = pid;
    this.memory = new MemoryFile(pid);
  }

  /** Number of stored pages. */
  get size(): number {
    return this.slots.size;
  }

  has(page: number): boolean {
    return this.slots.has(page);
  }

  /**
   * Visits the pages among `start` … `end` - 1, which are in memory, that were written since they were last kept. With
   * `keep` their current contents are kept. Ends when the callback returns false.
   */
  visitWritten(start: number, end: number, keep: boolean, visit: (page: number) => boolean): void {
    for (let page = start; page < end;) {
      const wanted = Math.min(end - page, BLOCK_PAGES);
      const bytes = tryReadMemory(this.pid, this.block.address, page * PAGE_SIZE, wanted * PAGE_SIZE);
      // Memory that the program itself may not read now may have been written before.
      const read =
        bytes < PAGE_SIZE ? this.memory.read(page, 1, this.block.bytes) : Math.floor(bytes / PAGE_SIZE);
      for (let i = 0; i < read; i++) if (!this.compare(page + i, i, keep, visit)) return;
      page += read;
      if (read > 0) continue;
      // Not readable at all: it is reported once, and compared when it is readable again.
      if (!this.slots.has(page)) {
        const more = visit(page);
        if (keep) this.slots.set(page, UNREAD);
        if (!more) return;
      }
      page++;
    }
  }

  hasAny(start: number, end: number): boolean {
    if (end - start < this.slots.size) {
      for (let page = start; page < end; page++) if (this.slots.has(page)) return true;
      return false;
    }
    for (const page of this.slots.keys()) if (page >= start && page < end) return true;
    return false;
  }

  /** Removes pages `start` … `end` - 1. */
  forget(start: number, end: number): void {
    if (end - start < this.slots.size) for (let page = start; page < end; page++) this.drop(page);
    else this.keepOnly(start, end, () => false);
  }

  /** Removes pages `start` … `end` - 1 except those for which `still` returns true; called in ascending order. */
  keepOnly(start: number, end: number, still: (page: number) => boolean): void {
    const pages = [...this.slots.keys()].filter((page) => page >= start && page < end).sort((a, b) => a - b);
    for (const page of pages) if (!still(page)) this.drop(page);
  }

  close(): void {
    this.memory.close();
  }

  private compare(page: number, index: number, keep: boolean, visit: (page: number) => boolean): boolean {
    const known = this.slots.get(page);
    const slot = known === UNREAD ? undefined : known;
    const from = index * PAGE_SIZE;
    const to = from + PAGE_SIZE;
    if (slot !== undefined) {
      const at = slot * PAGE_SIZE;
      if (this.store.compare(this.block.bytes, from, to, at, at + PAGE_SIZE) === 0) return true;
    }
    const more = visit(page);
    if (keep) {
      // Must be first: it may replace the store.
      const at = (slot ?? this.take(page)) * PAGE_SIZE;
      this.store.set(this.block.bytes.subarray(from, to), at);
    }
    return more;
  }

  private take(page: number): number {
    const slot = this.free.pop() ?? this.used++;
    if (this.store.length < (slot + 1) * PAGE_SIZE) {
      const grown = Buffer.alloc(Math.max(BLOCK_PAGES * PAGE_SIZE, this.store.length * 2));
      this.store.copy(grown);
      this.store = grown;
    }
    this.slots.set(page, slot);
    return slot;
  }

  private drop(page: number): void {
    const slot = this.slots.get(page);
    if (slot === undefined) return;
    this.slots.delete(page);
    if (slot !== UNREAD) this.free.push(slot);
  }
}
