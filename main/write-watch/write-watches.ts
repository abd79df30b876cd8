import { InspectorError } from '#shared/contract/errors.ts';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import type { PageTracker } from './page-tracker.ts';
import { type WatchedRegion, WatchedRegions } from './watched-regions.ts';
import {
  type GetWriteWatchReply,
  type GetWriteWatchRequest,
  WRITE_WATCH_FLAG_RESET,
  type WindowsError,
} from './windows.ts';

const BYTES = BigInt(PAGE_SIZE);

/**
 * GetWriteWatch and ResetWriteWatch of Windows over a tracker of written pages. The contract, with the order of its checks,
 * is that of the Windows API and of Wine's dlls/kernel32/tests/virtual.c.
 *
 * Calls must not overlap. A query is as atomic as the tracker's get and clear of a page is.
 */
export class WriteWatches {
  private readonly tracker: PageTracker;
  private readonly watched = new WatchedRegions();

  constructor(tracker: PageTracker) {
    this.tracker = tracker;
  }

  /** By address. */
  get regions(): readonly WatchedRegion[] {
    return this.watched.all;
  }

  /**
   * An allocation with MEM_WRITE_WATCH: pages `start` … `start + pages` - 1 are watched from now on, and clean, the flag of
   * a new VMA included. Rejects with an InspectorError if they overlap a watched region.
   */
  async watch(start: number, pages: number): Promise<void> {
    if (this.watched.add(start, pages) === null)
      throw new InspectorError('bad-request', 'This range is empty or overlaps a watched region.');
    try {
      await this.tracker.clear(start, pages);
    } catch (cause) {
      this.watched.remove(start);
      throw cause;
    }
  }

  /** The allocation that begins at page `start` was released. */
  unwatch(start: number): void {
    if (!this.watched.remove(start))
      throw new InspectorError('bad-request', 'No watched region begins at this address.');
  }

  /**
   * To be called before what takes the pages of a range from the page table (decommit, remap): what was written there
   * keeps counting until it is reset.
   */
  async keep(start: number, pages: number): Promise<void> {
    for (const region of this.watched.all) {
      const from = Math.max(start, region.start);
      const end = Math.min(start + pages, region.start + region.pages);
      if (from >= end) continue;
      for (const page of await this.tracker.written(from, end - from, end - from, false))
        region.kept.add(page);
    }
  }

  /** Pages `start` … `end` - 1 were written and are cleared, but not by a call of these functions: they keep counting. */
  cleared(start: number, end: number): void {
    for (const region of this.watched.all) {
      const stop = Math.min(end, region.start + region.pages);
      for (let page = Math.max(start, region.start); page < stop; page++) region.kept.add(page);
    }
  }

  /** GetWriteWatch. Rejects if the tracker fails (the program ended); all else is the reply's `error`. */
  async get(request: GetWriteWatchRequest): Promise<GetWriteWatchReply> {
    const { base, size, flags, count } = request;
    if (count === null || !request.granularity) return failed('ERROR_NOACCESS');
    if (count === 0 || size === 0n) return failed('ERROR_INVALID_PARAMETER');
    if (flags !== 0 && flags !== WRITE_WATCH_FLAG_RESET) return failed('ERROR_INVALID_PARAMETER');
    if (!request.addresses) return failed('ERROR_NOACCESS');
    const found = this.find(base, size);
    if (found === null) return failed('ERROR_INVALID_PARAMETER');
    const { region, start, end } = found;
    const wholeRegion = await this.tracker.isFlagged(start, end - start);
    const pages = await this.collect(region, start, end, count, flags === WRITE_WATCH_FLAG_RESET);
    const addresses = pages.map((page) => BigInt(page) * BYTES);
    return { error: 'ERROR_SUCCESS', addresses, granularity: PAGE_SIZE, wholeRegion };
  }

  /** ResetWriteWatch. Rejects if the tracker fails. */
  async reset(base: bigint, size: bigint): Promise<WindowsError> {
    const found = size === 0n ? null : this.find(base, size);
    if (found === null) return 'ERROR_INVALID_PARAMETER';
    const { region, start, end } = found;
    await this.tracker.clear(start, end - start);
    for (const page of region.kept) if (page >= start && page < end) region.kept.delete(page);
    return 'ERROR_SUCCESS';
  }

  /** The region that holds a range, which is rounded outward to pages. */
  private find(base: bigint, size: bigint): { region: WatchedRegion; start: number; end: number } | null {
    const start = Number(base / BYTES);
    const end = Number((base + size + BYTES - 1n) / BYTES);
    const region = this.watched.holding(start, end);
    return region && { region, start, end };
  }

  /**
   * At most `max` written pages, ascending; with `reset` these are reset. With kept pages the range is cleared up to the last
   * page that is returned; what was written there meanwhile and does not fit is kept for the next query.
   */
  private async collect(
    { kept }: WatchedRegion,
    start: number,
    end: number,
    max: number,
    reset: boolean,
  ): Promise<readonly number[]> {
    const keptHere = [...kept].filter((page) => page >= start && page < end);
    if (keptHere.length === 0) return this.tracker.written(start, end - start, max, reset);
    const written = await this.tracker.written(start, end - start, max, false);
    const found = union(written, keptHere).slice(0, max);
    if (!reset) return found;
    const pages = (found.length < max ? end : found[max - 1] + 1) - start;
    const taken = union(
      await this.tracker.written(start, pages, pages, true),
      keptHere.filter((page) => page < start + pages),
    );
    for (const page of taken.slice(0, max)) kept.delete(page);
    for (const page of taken.slice(max)) kept.add(page);
    return taken.slice(0, max);
  }
}

const union = (a: readonly number[], b: readonly number[]): number[] =>
  [...new Set([...a, ...b])].sort((x, y) => x - y);

const failed = (error: WindowsError): GetWriteWatchReply => ({
  error,
  addresses: [],
  granularity: PAGE_SIZE,
  wholeRegion: false,
});
