import { performance } from 'node:perf_hooks';
import { InspectorError } from '#shared/contract/errors.ts';
import {
  type GetWriteWatchReply,
  type GetWriteWatchRequest,
  type WatchUse,
  type WindowsError,
  WRITE_WATCH_FLAG_RESET,
  type WriteWatchState,
} from '#shared/contract/write-watch.ts';
import { PAGE_SIZE, pageOfAddress } from '#shared/memory/page.ts';
import type { TrackingSource } from '#shared/source/source.ts';
import { SourceTracker, type TrackedMemory } from '../../write-watch/page-tracker.ts';
import { type UsedWatches, WatchUser } from '../../write-watch/watch-user.ts';
import { WriteWatches } from '../../write-watch/write-watches.ts';

/** Regions of more pages than this are not watched. */
const MAX_PAGES = 2 ** 22;

/** Write watches on the program of a live session. All methods are called as tasks of the session's queue. */
export class LiveWatches implements UsedWatches {
  readonly source: TrackingSource;
  private readonly operate: NonNullable<TrackedMemory['operations']>['operate'];
  private watches: WriteWatches | null = null;
  private user: WatchUser | null = null;

  /** @param operate GET, CLEAR and GET_AND_CLEAR so that the session's picture shows what they clear */
  constructor(source: TrackingSource, operate: NonNullable<TrackedMemory['operations']>['operate']) {
    this.source = source;
    this.operate = operate;
  }

  /** Whether anything is watched. */
  get active(): boolean {
    return (this.watches?.regions.length ?? 0) > 0;
  }

  get isUsed(): boolean {
    return this.user !== null;
  }

  state(): WriteWatchState {
    const regions = (this.watches?.regions ?? []).map(({ start, pages, kept }) => ({
      start,
      pages,
      kept: kept.size,
    }));
    return { regions, use: this.user?.state() ?? null };
  }

  /** As an allocation with MEM_WRITE_WATCH: these pages are clean, and watched from now on. */
  async watch(start: number, pages: number): Promise<void> {
    if (pages > MAX_PAGES)
      throw new InspectorError(
        'bad-request',
        `A region of ${pages} pages is too large to be watched.`,
        `Watch at most ${MAX_PAGES} pages.`,
      );
    await this.tracked().watch(start, pages);
  }

  unwatch(start: number): void {
    this.tracked().unwatch(start);
    if (this.user?.start === start) this.user = null;
  }

  async get(request: GetWriteWatchRequest): Promise<GetWriteWatchReply> {
    const began = performance.now();
    const { error, addresses, granularity, wholeRegion } = await this.tracked().get(request);
    const durationNs = (performance.now() - began) * 1e6;
    const pages = Float64Array.from(addresses, pageOfAddress);
    if (error !== 'ERROR_SUCCESS')
      return { error, pages, granularity, wholeRegion, durationNs, next: null, reset: null };
    const start = pageOfAddress(request.base);
    const end = pageOfAddress(request.base + request.size + BigInt(PAGE_SIZE - 1));
    const isFull = pages.length === request.count;
    const scanned = isFull ? pages[pages.length - 1] + 1 : end;
    return {
      ...{ error, pages, granularity, wholeRegion, durationNs },
      next: scanned < end ? scanned : null,
      reset: request.flags === WRITE_WATCH_FLAG_RESET ? { start, end: scanned } : null,
    };
  }

  reset(base: bigint, size: bigint): Promise<WindowsError> {
    return this.tracked().reset(base, size);
  }

  /** Uses the region that begins at `start` from now on: see `step`. Null: ends that. */
  async use(what: { readonly use: WatchUse; readonly start: number } | null): Promise<void> {
    if (what === null) {
      this.user = null;
      return;
    }
    const region = this.watches?.regions.find(({ start }) => start === what.start);
    if (!region) throw new InspectorError('bad-request', 'No watched region begins at this address.');
    this.user = await WatchUser.begin(what.use, region, this);
  }

  /** One call of GetWriteWatch with reset by the region's user, and its work. */
  async step(): Promise<void> {
    await this.user?.step();
  }

  /** Pages that were written and are cleared, but not by write watches; runs are [first, end). */
  cleared(runs: Iterable<readonly [start: number, end: number]>): void {
    for (const [start, end] of runs) this.watches?.cleared(start, end);
  }

  private tracked(): WriteWatches {
    if (this.watches) return this.watches;
    const { source, operate } = this;
    const { operations } = source;
    const used = operations && { noReusedRegions: operations.noReusedRegions, operate };
    const memory = { operations: used, sample: source.sample.bind(source) };
    return (this.watches = new WriteWatches(new SourceTracker(memory)));
  }
}
