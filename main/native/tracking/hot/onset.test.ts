import { describe, expect, it } from 'vitest';
import { PAGE_IS } from '../../syscalls/constants.ts';
import { RegionList } from '../region-list.ts';
import { FaultBudget } from './fault-budget.ts';
import { HotPages, type SegmentAccess } from './hot-pages.ts';

const PAGES = 60_000;
const HOT_PAGES = 10_000;
const PERIOD_MS = 50;
/** Samples in two seconds. */
const SAMPLES = 40;

/** A program of one thread that is sampled 20 times a second, and the faults that this costs it. */
class SampledProgram implements SegmentAccess {
  faults = 0;
  private readonly bits = new Uint8Array(PAGES);
  private timeMs = 0;
  private busySeconds = 0;
  private readonly list = new RegionList();
  private readonly hot = new HotPages(
    new FaultBudget(() => ({ faults: this.faults, seconds: this.busySeconds })),
    () => true,
  );

  /** Samples `count` intervals; `first` returns the first of `pages` pages that are written in interval i. */
  run(count: number, pages = 0, first: (i: number) => number = () => 0): void {
    for (let i = 0; i < count; i++) {
      if (pages > 0) this.busySeconds += PERIOD_MS / 1000;
      for (let page = first(i); page < first(i) + pages; page++) {
        if (this.bits[page] === 0) this.faults++;
        this.bits[page] = 1;
      }
      this.timeMs += PERIOD_MS;
      this.list.clear();
      this.hot.begin(this.timeMs, false);
      this.hot.scan(0, PAGES, this, this.list);
      this.hot.end(this.list);
    }
  }

  /** In how many intervals of two seconds all of the hot pages would have to be armed for the same number of faults. */
  onset(): number {
    const before = this.faults;
    this.run(SAMPLES, HOT_PAGES);
    return (this.faults - before) / HOT_PAGES;
  }

  get(start: number, end: number, out: RegionList): boolean {
    this.report(start, end, out);
    return true;
  }

  take(start: number, end: number, out: RegionList): void {
    this.report(start, end, out);
    this.bits.fill(0, start, end);
  }

  private report(start: number, end: number, out: RegionList): void {
    for (let page = start; page < Math.min(end, PAGES); page++)
      if (this.bits[page] !== 0) out.push(page, page + 1, PAGE_IS.WRITTEN);
  }
}

describe('a program that writes the same 10,000 pages in every interval, when it begins', () => {
  // Four intervals until it is known: three in which the pages were written, and the one that begins with them armed.
  it.each([4, 20, 30, 33])('faults in fewer than 7 of 40 intervals, after %i idle ones', (idle) => {
    const program = new SampledProgram();
    program.run(idle);
    expect(program.onset()).toBeLessThan(7);
  });

  it('does so after it wrote here and there for long, when counting was given up', () => {
    const program = new SampledProgram();
    program.run(60, 1000, (i) => HOT_PAGES + ((i * 1000) % 50_000));
    program.run(4);
    expect(program.onset()).toBeLessThan(7);
  });

  it('is armed in every interval if it writes few pages', () => {
    const program = new SampledProgram();
    program.run(20);
    program.run(SAMPLES, 250);
    expect(program.faults).toBe(SAMPLES * 250);
  });
});
