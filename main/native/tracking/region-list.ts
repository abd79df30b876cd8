import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';

/** 32-bit words of struct page_region {u64 start, end, categories}. */
const WORDS = 6;
const BYTES = 24;
/** 2^32 bytes in pages. */
const HIGH = 2 ** 20;

/**
 * Runs of pages with their categories, in the kernel's own layout: the buffer that PAGEMAP_SCAN fills is the result, and
 * nothing is copied or boxed for it. Ascending and without overlap. Reused: valid until the next scan into it.
 */
export class RegionList {
  private memory: NativeBuffer;
  private capacity: number;
  count = 0;

  /** Room for `capacity` regions at first; grows as needed. */
  constructor(capacity = 4096) {
    this.capacity = capacity;
    this.memory = new NativeBuffer(capacity * BYTES);
  }

  /** First page of region i. */
  start(i: number): number {
    const words = this.memory.u32;
    return (words[i * WORDS] >>> 12) + words[i * WORDS + 1] * HIGH;
  }

  /** Page after the last of region i. */
  end(i: number): number {
    const words = this.memory.u32;
    return (words[i * WORDS + 2] >>> 12) + words[i * WORDS + 3] * HIGH;
  }

  /** The tile of the first page of region i. Unlike page numbers, tiles and positions are small numbers for V8: no objects. */
  tile(i: number): number {
    const words = this.memory.u32;
    return (words[i * WORDS] >>> 21) + words[i * WORDS + 1] * (HIGH / PAGES_PER_TILE);
  }

  /** The position of its first page in that tile. */
  position(i: number): number {
    return (this.memory.u32[i * WORDS] >>> 12) % PAGES_PER_TILE;
  }

  /** Pages of region i. */
  length(i: number): number {
    const words = this.memory.u32;
    const at = i * WORDS;
    return (words[at + 2] >>> 12) - (words[at] >>> 12) + (words[at + 3] - words[at + 1]) * HIGH;
  }

  /** PAGE_IS bits of region i, as far as requested. */
  categories(i: number): number {
    return this.memory.u32[i * WORDS + 4];
  }

  /** Pages in all regions. */
  get pages(): number {
    let total = 0;
    for (let i = 0; i < this.count; i++) total += this.length(i);
    return total;
  }

  /** Pages in the regions from `first` on that have none of `categories`. */
  pagesWithout(categories: number, first: number): number {
    const words = this.memory.u32;
    let total = 0;
    for (let i = first, at = first * WORDS; i < this.count; i++, at += WORDS) {
      if ((words[at + 4] & categories) === 0) total += this.length(i);
    }
    return total;
  }

  /** Whether a region has one of `categories`. */
  hasAny(categories: number): boolean {
    const words = this.memory.u32;
    const end = this.count * WORDS;
    for (let at = 4; at < end; at += WORDS) if ((words[at] & categories) !== 0) return true;
    return false;
  }

  clear(): void {
    this.count = 0;
  }

  /** Adds a run at the end; joined to the last one where it touches it with the same categories. */
  push(start: number, end: number, categories: number): void {
    const last = this.count - 1;
    if (last >= 0 && this.end(last) === start && this.categories(last) === categories) {
      this.write(last, this.start(last), end, categories);
      return;
    }
    if (this.count === this.capacity) this.grow();
    this.write(this.count++, start, end, categories);
  }

  /** Adds regions `from` … `to` - 1 of `other`, at least one, at the end. */
  append(other: RegionList, from: number, to: number): void {
    this.push(other.start(from), other.end(from), other.categories(from));
    const added = to - from - 1;
    while (this.count + added > this.capacity) this.grow();
    const words = other.memory.u32.subarray((from + 1) * WORDS, to * WORDS);
    this.memory.u32.set(words, this.count * WORDS);
    this.count += added;
  }

  /** Each has the regions of the other one afterwards. */
  swap(other: RegionList): void {
    [this.memory, other.memory] = [other.memory, this.memory];
    [this.capacity, other.capacity] = [other.capacity, this.capacity];
    [this.count, other.count] = [other.count, this.count];
  }

  /** Removes categories `mask` from the regions from `first` on; those left with none are dropped. */
  withoutCategories(mask: number, first = 0): void {
    let kept = first;
    for (let i = first; i < this.count; i++) {
      const categories = this.categories(i) & ~mask;
      if (categories !== 0) this.write(kept++, this.start(i), this.end(i), categories);
    }
    this.count = kept;
  }

  /** Pairs (first page, pages) of all categories; adjacent runs are joined. A copy that stays valid. */
  toRuns(): Float64Array {
    const runs = new Float64Array(this.count * 2);
    let used = 0;
    for (let i = 0; i < this.count; i++) {
      const start = this.start(i);
      const pages = this.end(i) - start;
      if (used > 0 && runs[used - 2] + runs[used - 1] === start) {
        runs[used - 1] += pages;
      } else {
        runs[used++] = start;
        runs[used++] = pages;
      }
    }
    return runs.slice(0, used);
  }

  /** Where the kernel may write next, and how many regions fit. */
  get free(): { address: bigint; regions: number } {
    return {
      address: this.memory.address + BigInt(this.count * BYTES),
      regions: this.capacity - this.count,
    };
  }

  /** Doubles the room. */
  grow(): void {
    const old = this.memory;
    this.capacity *= 2;
    this.memory = new NativeBuffer(this.capacity * BYTES);
    this.memory.bytes.set(old.bytes);
  }

  /** Takes over `added` regions that the kernel wrote after the current ones. */
  accept(added: number): void {
    this.count += added;
  }

  private write(i: number, start: number, end: number, categories: number): void {
    const words = this.memory.u32;
    const at = i * WORDS;
    words[at] = (start % HIGH) << 12;
    words[at + 1] = Math.floor(start / HIGH);
    words[at + 2] = (end % HIGH) << 12;
    words[at + 3] = Math.floor(end / HIGH);
    words[at + 4] = categories;
    words[at + 5] = 0;
  }
}
