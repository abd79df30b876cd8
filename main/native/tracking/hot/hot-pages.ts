import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { PAGE_IS, PAGE_WAS } from '../../syscalls/constants.ts';
import { PageBitmap } from '../page-bitmap.ts';
import { RegionList } from '../region-list.ts';
import type { FaultBudget } from './fault-budget.ts';
import { HeatMap } from './heat-map.ts';
import { QuietPolicy } from './quiet-policy.ts';

/** How a part of the address space is read; ranges are in pages, regions are appended to `out`. */
export interface SegmentAccess {
  /** Written pages, which stay written. False, and nothing appended, if that cannot be read now. */
  get(start: number, end: number, out: RegionList): boolean;
  /** Written pages, which are armed again in the same atomic step. */
  take(start: number, end: number, out: RegionList): void;
}

/**
 * Interval samples that do not arm every page every time. A page that is written in interval after interval faults again
 * in each of them; if these faults take more of the program's time than the budget allows, the blocks of 16 pages
 * that cause most of them become *quiet*: they are read in each sample but armed only in every 2nd, 4th, 8th … one.
 *
 * What a sample reports is decided page by page, and is valid for any set of quiet blocks:
 * - WRITTEN: the page was armed, and is written: it was written since the sample before.
 * - HOT: it was reported as written before and left unarmed since; whether it was written again is not known.
 * - not reported: it is armed and was not written.
 * So each page is reported as written before it is ever reported as hot, and all samples together report as written
 * exactly what was written.
 */
export class HotPages {
  readonly budget: FaultBudget;
  /** Pages that were left unarmed after they had been reported as written. All of them are in quiet blocks. */
  private readonly rested = new PageBitmap();
  private readonly heat: HeatMap;
  private readonly policy: QuietPolicy;
  private readonly list = new RegionList(256);
  private index = 0;
  private at = -Infinity;
  private elapsedMs = 0;
  private written = 0;
  private exact = false;

  /** @param canRest whether the kernel can arm parts of these pages: not where they are hugetlb pages */
  constructor(budget: FaultBudget, canRest: (start: number, end: number) => boolean) {
    this.budget = budget;
    this.heat = new HeatMap(canRest);
    this.policy = new QuietPolicy(this.heat, budget);
  }

  /** Pages that are currently unarmed. */
  get restedPages(): number {
    return this.rested.pages;
  }

  /** The greatest number of intervals between two in which a hot page's writes are known; 1 if there are none. */
  get every(): number {
    return this.heat.every;
  }

  /** Begins a sample at `now`, in milliseconds. With `exact` it arms every page, and no block is quiet afterwards. */
  begin(now: number, exact: boolean): void {
    this.index++;
    this.elapsedMs = now - this.at;
    this.at = now;
    this.written = 0;
    this.exact = exact;
    if (exact) this.heat.wakeAll();
  }

  /** Appends the state of pages `start` … `end` - 1 to `out`, ascending, with WRITTEN or HOT. */
  scan(start: number, end: number, access: SegmentAccess, out: RegionList): void {
    if (!this.heat.anyQuiet) {
      const first = out.count;
      access.take(start, end, out);
      this.note(out, first);
      return;
    }
    this.heat.forEachPart(start, end, this.index, (from, to, quiet, arm) => {
      if (!quiet) {
        const first = out.count;
        access.take(from, to, out);
        this.note(out, first);
        return;
      }
      this.list.clear();
      const taken = arm || !access.get(from, to, this.list);
      if (taken) access.take(from, to, this.list);
      this.classify(out);
      if (taken) this.rested.remove(from, to);
      else this.rest();
      if (arm) this.heat.arm(from, to);
    });
  }

  /** Ends the sample, which found `list` in all: decides which blocks are quiet until the next one. */
  end(list: RegionList): void {
    const { heat, policy, written, elapsedMs, exact } = this;
    const counting = policy.counting;
    // The first sample of all has no interval.
    if (!counting && !exact && elapsedMs !== Infinity && policy.begins(elapsedMs, written))
      this.note(list, 0);
    const known = policy.counting ? heat.fold(policy.maxEvery) : 0;
    if (elapsedMs === Infinity) return;
    this.budget.note(counting ? known : written, elapsedMs, this.at);
    policy.sampled(elapsedMs, written, exact);
  }

  /** The regions in `list` were armed by an explicit operation. */
  armedRegions(list: RegionList): void {
    for (let i = 0; i < list.count && !this.rested.empty; i++) this.rested.remove(list.start(i), list.end(i));
  }

  /** All of pages `start` … `end` - 1 were armed. */
  armedRange(start: number, end: number): void {
    this.rested.remove(start, end);
  }

  /** The VMAs changed: removes blocks outside the tracked ones, which ascend. */
  retain(tracked: readonly PageRange[]): void {
    this.heat.retain(tracked, (from, to) => this.rested.remove(from, to));
  }

  /** Appends the regions of `list` to `out`, as written or as hot. */
  private classify(out: RegionList): void {
    const { list } = this;
    for (let i = 0; i < list.count; i++) {
      const categories = list.categories(i);
      this.rested.split(list.start(i), list.end(i), (from, to, hot) => {
        if (hot) out.push(from, to, (categories & ~PAGE_IS.WRITTEN) | PAGE_WAS.HOT);
        else {
          out.push(from, to, categories);
          this.noteRun(from, to);
        }
      });
    }
  }

  /** The regions of `list` stay unarmed. */
  private rest(): void {
    const { list } = this;
    for (let i = 0; i < list.count; i++) {
      this.rested.add(list.start(i), list.end(i));
      this.heat.use(list.start(i), list.end(i));
    }
  }

  private note(list: RegionList, first: number): void {
    if (!this.policy.counting) {
      this.written += list.pagesWithout(PAGE_IS.HUGE, first);
      return;
    }
    for (let i = first; i < list.count; i++) {
      // A huge page is one fault, and its parts cannot be armed by themselves.
      if ((list.categories(i) & PAGE_IS.HUGE) !== 0) continue;
      const from = list.position(i);
      const pages = list.length(i);
      if (from + pages > PAGES_PER_TILE) this.noteRun(list.start(i), list.end(i));
      else {
        this.written += pages;
        this.heat.notePart(list.tile(i), from, from + pages);
      }
    }
  }

  private noteRun(start: number, end: number): void {
    this.written += end - start;
    this.heat.note(start, end);
  }
}
