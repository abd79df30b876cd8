import { PAGE_SIZE } from '#shared/memory/page.ts';
import type { MemoryContents } from '#shared/source/source.ts';

/** Pages that are read at once. */
const CHUNK_PAGES = 256;

/** A copy of a region of the program's memory, brought up to date page by page. */
export class PageCopy {
  /** Time of copying written pages, and of copying everything once. */
  ns = 0;
  wholeNs = 0;
  /** Pages compared so far, and those of them that were out of date. */
  verified = 0;
  stale = 0;
  private readonly memory: MemoryContents;
  private readonly start: number;
  private readonly pages: number;
  private readonly bytes: Uint8Array;

  /** A copy of pages `start` … `start + pages` - 1; empty at first. */
  constructor(memory: MemoryContents, start: number, pages: number) {
    this.memory = memory;
    this.start = start;
    this.pages = pages;
    this.bytes = new Uint8Array(pages * PAGE_SIZE);
  }

  async copyWhole(): Promise<void> {
    const began = performance.now();
    await this.read(this.start, this.pages, (bytes, at) => this.bytes.set(bytes, at));
    this.wholeNs = (performance.now() - began) * 1e6;
  }

  /** @param pages ascending page numbers of the region */
  async copyPages(pages: ArrayLike<number>): Promise<void> {
    const began = performance.now();
    for (let i = 0; i < pages.length;) {
      let end = i + 1;
      while (end < pages.length && pages[end] === pages[end - 1] + 1) end++;
      await this.read(pages[i], end - i, (bytes, at) => this.bytes.set(bytes, at));
      i = end;
    }
    this.ns += (performance.now() - began) * 1e6;
  }

  /** Pages whose contents differ from the copy. */
  async compare(): Promise<number[]> {
    const different: number[] = [];
    await this.read(this.start, this.pages, (bytes, at) => {
      for (let offset = 0; offset < bytes.length; offset += PAGE_SIZE) {
        const page = bytes.subarray(offset, offset + PAGE_SIZE);
        const copy = this.bytes.subarray(at + offset, at + offset + PAGE_SIZE);
        if (Buffer.compare(page, copy) !== 0) different.push(this.start + (at + offset) / PAGE_SIZE);
      }
    });
    return different;
  }

  /** `use` gets the bytes and their offset in the copy. What is not readable is left out. */
  private async read(
    first: number,
    pages: number,
    use: (bytes: Uint8Array, at: number) => void,
  ): Promise<void> {
    for (let done = 0; done < pages; done += CHUNK_PAGES) {
      const bytes = await this.memory.bytes(first + done, Math.min(CHUNK_PAGES, pages - done));
      use(bytes, (first + done - this.start) * PAGE_SIZE);
    }
  }
}
