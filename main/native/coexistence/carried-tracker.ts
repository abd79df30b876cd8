import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { TrackingCost } from '#shared/source/tracking-cost.ts';
import { DirtySet } from '../backends/soft-dirty/dirty-set.ts';
import type { WriteTracker } from '../backends/write-tracker.ts';
import { PAGE_IS } from '../syscalls/constants.ts';
import { RegionList } from '../tracking/region-list.ts';

/**
 * A tracker that takes over the written pages of a closed one: those pages count until they are
 * cleared here. Costs nothing once that has happened.
 */
export class CarriedTracker implements WriteTracker {
  private readonly inner: WriteTracker;
  private readonly carried = new DirtySet();
  private readonly list = new RegionList();
  /** Present if `inner` has it: while pages are carried, every page is armed. */
  readonly sample?: NonNullable<WriteTracker['sample']>;

  /** Takes `inner` over; `written` is what the other tracker read last (WriteTracker.read). */
  constructor(inner: WriteTracker, written: RegionList) {
    this.inner = inner;
    if (inner.sample) {
      this.sample = (out, exact, range) => {
        if (this.carried.empty) inner.sample?.(out, exact, range);
        else this.read('get-and-clear', out, range);
      };
    }
    this.collect(written, this.carried, false);
  }

  get vmas(): readonly Vma[] {
    return this.inner.vmas;
  }

  read(what: 'get' | 'get-and-clear', out: RegionList, range?: PageRange, maxPages = 0, holes = false): void {
    if (this.carried.empty) return this.inner.read(what, out, range, maxPages, holes);
    // All written pages are needed, since carried ones may be below them.
    this.inner.read(what, this.list, range, 0, holes);
    this.carried.keepOnly(this.inner.vmas);
    const { start, end } = range ?? { start: 0, end: Number.MAX_SAFE_INTEGER };
    const most = maxPages === 0 ? Infinity : maxPages;
    out.clear();
    if (what === 'get') {
      const all = new DirtySet();
      this.collect(this.list, all, holes);
      all.add(this.carried, { start, end });
      all.emit(out, { start, end }, most, holes);
      return;
    }
    this.collect(this.list, this.carried, holes);
    this.carried.emit(out, { start, end }, most, holes);
    // What did not fit remains for the next call.
    this.carried.remove(start, out.pages < most ? end : out.end(out.count - 1));
  }

  clear(range?: PageRange): void {
    this.inner.clear(range);
    if (range) this.carried.remove(range.start, range.end);
    else this.carried.clear();
  }

  state(out: RegionList, range?: PageRange): void {
    this.inner.state(out, range);
  }

  async prepare(budgetMs?: number, signal?: AbortSignal): Promise<void> {
    await this.inner.prepare?.(budgetMs, signal);
  }

  alive(): boolean {
    return this.inner.alive();
  }

  pagemapEntry(page: number): bigint | null {
    return this.inner.pagemapEntry(page);
  }

  cost(): Partial<TrackingCost> {
    return this.inner.cost?.() ?? {};
  }

  close(): void {
    this.inner.close();
  }

  /** `holes`: regions that are not written may be whole new VMAs, without a bound in size. */
  private collect(list: RegionList, into: DirtySet, holes: boolean): void {
    for (let i = 0; i < list.count; i++) {
      const start = list.start(i);
      const end = list.end(i);
      const categories = list.categories(i);
      if ((categories & PAGE_IS.WRITTEN) !== 0) into.written.add(start, end);
      else if ((categories & PAGE_IS.SOFT_DIRTY) !== 0) {
        into.news.add(start, end);
        if (!holes) into.fresh.add(start, end);
      }
    }
  }
}
