import {
  type GetWriteWatchReply,
  type GetWriteWatchRequest,
  type WatchUse,
  type WatchUseState,
  WRITE_WATCH_FLAG_RESET,
} from '#shared/contract/write-watch.ts';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { TrackingSource } from '#shared/source/source.ts';
import { PageCopy } from './page-copy.ts';
import type { WatchedRegion } from './watched-regions.ts';

/** Steps between two comparisons of the copy with the memory. */
const STEPS_PER_VERIFICATION = 20;
/** The copy of a larger region would take too much memory. */
const MAX_COPIED_PAGES = 2 ** 16;

/** What a user of write watches needs. */
export interface UsedWatches {
  readonly source: Pick<TrackingSource, 'memory' | 'sample'>;
  get(request: GetWriteWatchRequest): Promise<GetWriteWatchReply>;
}

/**
 * A program that works only on what was written, with the work that this saves it: a cache that keeps textures on a graphics
 * card and uploads written pages, or a collector that scans written pages of the old generation. Of a program whose
 * contents can be read, the written pages are really copied, and the copy is compared with the memory occasionally.
 */
export class WatchUser {
  readonly start: number;
  private readonly use: WatchUse;
  private readonly pages: number;
  private readonly watches: UsedWatches;
  /** Pages that hold something: those without write watches would all be worked on, each time. */
  private readonly held: Set<number>;
  private readonly copy: PageCopy | null;
  private calls = 0;
  private lastPages = 0;
  private worked = 0;
  private without = 0;
  private callNs = 0;

  private constructor(
    use: WatchUse,
    region: WatchedRegion,
    watches: UsedWatches,
    held: Set<number>,
    copy: PageCopy | null,
  ) {
    this.use = use;
    this.start = region.start;
    this.pages = region.pages;
    this.watches = watches;
    this.held = held;
    this.copy = copy;
  }

  /** Resets the region, then works on all that it holds once. */
  static async begin(use: WatchUse, region: WatchedRegion, watches: UsedWatches): Promise<WatchUser> {
    const { start, pages } = region;
    await watches.get(wholeRegion(start, pages, WRITE_WATCH_FLAG_RESET));
    const tiles = new TileSet();
    const range = { start, end: start + pages };
    const { memory } = watches.source;
    await watches.source.sample({ mode: 'hold', tiles, state: true, range });
    const held = new Set<number>();
    for (const [from, to] of tiles.runs(Plane.Present))
      for (let page = Math.max(from, start); page < Math.min(to, range.end); page++) held.add(page);
    const copies = memory !== null && use === 'texture-cache' && pages <= MAX_COPIED_PAGES;
    const copy = copies ? new PageCopy(memory, start, pages) : null;
    await copy?.copyWhole();
    return new WatchUser(use, region, watches, held, copy);
  }

  /** GetWriteWatch with reset, then the work on what it returned. */
  async step(): Promise<void> {
    const reply = await this.watches.get(wholeRegion(this.start, this.pages, WRITE_WATCH_FLAG_RESET));
    for (const page of reply.pages) this.held.add(page);
    await this.copy?.copyPages(reply.pages);
    this.calls++;
    this.callNs += reply.durationNs;
    this.lastPages = reply.pages.length;
    this.worked += reply.pages.length;
    this.without += this.held.size;
    if (this.calls % STEPS_PER_VERIFICATION === 0) await this.verify();
  }

  state(): WatchUseState {
    const { use, start, calls, lastPages, callNs, copy } = this;
    return {
      ...{ use, start, calls, lastPages, callNs },
      pages: this.worked,
      held: this.held.size,
      pagesWithout: this.without,
      copy: copy && { ns: copy.ns, wholeNs: copy.wholeNs, verified: copy.verified, stale: copy.stale },
    };
  }

  /** Every page that differs from the copy must have been written since the last reset. */
  private async verify(): Promise<void> {
    if (this.copy === null) return;
    const different = await this.copy.compare();
    // Asked after reading, so that a write in between is in it.
    const { pages } = await this.watches.get(wholeRegion(this.start, this.pages, 0));
    const written = new Set(pages);
    this.copy.verified += this.pages;
    this.copy.stale += different.filter((page) => !written.has(page)).length;
  }
}

const wholeRegion = (start: number, pages: number, flags: number): GetWriteWatchRequest => ({
  ...{ flags, addresses: true, count: pages, granularity: true },
  base: BigInt(start) * BigInt(PAGE_SIZE),
  size: BigInt(pages) * BigInt(PAGE_SIZE),
});
