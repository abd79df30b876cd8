import { setBits, testBit } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { EventSink } from './event-sink.ts';

/** `shmem`: shared anonymous memory; `file`: a memfd; `device`: pages without a struct page (VM_PFNMAP). */
export type ObjectKind = 'shmem' | 'file' | 'device';

/** One page of a file or of shared memory: in the page cache, and entries that map it. */
interface CachePageState {
  readonly cached: boolean;
  readonly mapped: number;
}

export type MemoryObjectEvent =
  | {
      readonly type: 'cache';
      readonly object: MemoryObject;
      /** Page offset in the object. */
      readonly pgoff: number;
      readonly before: CachePageState;
      readonly after: CachePageState;
    }
  | {
      /** 512 pages of an object became one huge page, or no longer are. */
      readonly type: 'cache-huge';
      readonly object: MemoryObject;
      readonly pgoff: number;
      readonly before: boolean;
      readonly after: boolean;
    }
  | {
      readonly type: 'object-size';
      readonly object: MemoryObject;
      readonly before: number;
      readonly after: number;
    };

const AT_CACHED = 0;
const AT_MAPPED = 16;
const AT_MANY = 32;

/** 512 pages of an object: in the cache, mapped by an entry at least, mapped by several. */
class CacheTile {
  readonly words = new Uint32Array(48);
  /** How many entries map each page of which `many` is set. */
  readonly counts = new Map<number, number>();
  /** One compound page: a 2 MiB page of the page cache. */
  huge = false;
}

/**
 * A file or a piece of shared memory (struct address_space): which of its pages are in the page cache and how many
 * page-table entries map each. Page offsets are in pages from its start.
 */
export class MemoryObject {
  readonly id: number;
  readonly kind: ObjectKind;
  /** Size in pages; an access beyond it is a SIGBUS. */
  size: number;
  private readonly tiles = new Map<number, CacheTile>();
  /** The tile that was used last. */
  private nearKey = -1;
  private near: CacheTile | undefined;
  private readonly events: EventSink<MemoryObjectEvent>;

  constructor(id: number, kind: ObjectKind, size: number, events: EventSink<MemoryObjectEvent>) {
    this.id = id;
    this.kind = kind;
    this.size = size;
    this.events = events;
  }

  isCached(pgoff: number): boolean {
    return this.test(AT_CACHED, pgoff);
  }

  /** Entries that map the page. */
  mappedBy(pgoff: number): number {
    const tile = this.find(pgoff);
    if (tile === undefined) return 0;
    const index = pgoff % PAGES_PER_TILE;
    if (testBit(tile.words, AT_MANY, index)) return tile.counts.get(index) ?? 0;
    return testBit(tile.words, AT_MAPPED, index) ? 1 : 0;
  }

  /** Whether the page is part of a huge page of the cache. */
  isHuge(pgoff: number): boolean {
    return this.find(pgoff)?.huge ?? false;
  }

  /** Puts one page into the cache or takes it out. */
  setCached(pgoff: number, cached: boolean): void {
    if (this.isCached(pgoff) !== cached) this.set(pgoff, cached, this.mappedBy(pgoff));
  }

  /** Counts `change` entries more (or fewer) that map the page; pages of devices are not counted. */
  map(pgoff: number, change: number): void {
    if (this.kind === 'device') return;
    this.set(pgoff, this.isCached(pgoff), this.mappedBy(pgoff) + change);
  }

  /** The 512 aligned pages that hold `pgoff` become one huge page, or no longer are one. */
  setHuge(pgoff: number, huge: boolean): void {
    const tile = this.ensure(pgoff);
    if (tile.huge === huge) return;
    if (this.events.active) {
      this.events.emit({ type: 'cache-huge', object: this, pgoff, before: tile.huge, after: huge });
    }
    tile.huge = huge;
  }

  /** ftruncate(): the caller zaps the entries beyond it. */
  resize(size: number): void {
    if (this.events.active) {
      this.events.emit({ type: 'object-size', object: this, before: this.size, after: size });
    }
    this.size = size;
  }

  /** Page offsets in [from, to) that are in the cache, as runs; cost is proportional to what is cached. */
  cachedRuns(from: number, to: number): [number, number][] {
    const runs: [number, number][] = [];
    for (const key of [...this.tiles.keys()].sort((a, b) => a - b)) {
      const base = key * PAGES_PER_TILE;
      if (base + PAGES_PER_TILE <= from || base >= to) continue;
      for (let i = Math.max(base, from); i < Math.min(base + PAGES_PER_TILE, to); i++) {
        if (!this.isCached(i)) continue;
        const last = runs.at(-1);
        if (last !== undefined && last[1] === i) last[1]++;
        else runs.push([i, i + 1]);
      }
    }
    return runs;
  }

  /** Sets the state of one page. */
  set(pgoff: number, cached: boolean, mapped: number): void {
    if (this.events.active) {
      const before = { cached: this.isCached(pgoff), mapped: this.mappedBy(pgoff) };
      this.events.emit({ type: 'cache', object: this, pgoff, before, after: { cached, mapped } });
    }
    this.put(pgoff, cached, mapped);
  }

  /** set() without an event: for undo. */
  put(pgoff: number, cached: boolean, mapped: number): void {
    const tile = this.ensure(pgoff);
    const index = pgoff % PAGES_PER_TILE;
    setBit(tile.words, AT_CACHED, index, cached);
    setBit(tile.words, AT_MAPPED, index, mapped > 0);
    setBit(tile.words, AT_MANY, index, mapped > 1);
    if (mapped > 1) tile.counts.set(index, mapped);
    else tile.counts.delete(index);
  }

  /** setHuge() without an event: for undo. */
  putHuge(pgoff: number, huge: boolean): void {
    this.ensure(pgoff).huge = huge;
  }

  /** State for dumps, ascending: pages that are cached or mapped, huge pages. */
  dump(): unknown {
    const tiles = [...this.tiles].sort((a, b) => a[0] - b[0]);
    return tiles
      .filter(([, tile]) => tile.huge || tile.words.some((word) => word !== 0))
      .map(([key, tile]) => [key, tile.huge, [...tile.words], [...tile.counts].sort((a, b) => a[0] - b[0])]);
  }

  private test(plane: number, pgoff: number): boolean {
    const tile = this.find(pgoff);
    return tile !== undefined && testBit(tile.words, plane, pgoff % PAGES_PER_TILE);
  }

  private find(pgoff: number): CacheTile | undefined {
    const key = Math.floor(pgoff / PAGES_PER_TILE);
    if (key !== this.nearKey) {
      this.near = this.tiles.get(key);
      this.nearKey = key;
    }
    return this.near;
  }

  private ensure(pgoff: number): CacheTile {
    const known = this.find(pgoff);
    if (known !== undefined) return known;
    const tile = new CacheTile();
    this.tiles.set(this.nearKey, tile);
    this.near = tile;
    return tile;
  }
}

function setBit(words: Uint32Array, plane: number, index: number, on: boolean): void {
  if (on) setBits(words, plane, index, index + 1);
  else words[plane + (index >>> 5)] &= ~(1 << (index & 31));
}
