import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAGE_IS, PAGE_WAS } from '../../syscalls/constants.ts';
import { RegionList } from '../region-list.ts';
import { FaultBudget } from './fault-budget.ts';
import { HotPages, type SegmentAccess } from './hot-pages.ts';

const PAGES = 2048;
/** Processor time and faults of a program that is always busy: the budget is that of one processor. */
const BUSY = () => {
  let reads = 0;
  return () => ({ faults: ++reads * 1e9, seconds: reads });
};

/**
 * What the kernel does, page by page: a write sets a bit, arming clears it. It also records the truth: whether a page was
 * written since it was last read, visible or not.
 */
class Memory implements SegmentAccess {
  readonly bit = new Uint8Array(PAGES);
  readonly written = new Set<number>();
  faults = 0;
  /** Called before each scan: the program runs on between them. */
  between: () => void = () => undefined;
  /** Pages that `get` cannot read now. */
  refuses = false;

  write(page: number): void {
    if (this.bit[page] === 0) this.faults++;
    this.bit[page] = 1;
    this.written.add(page);
  }

  get(start: number, end: number, out: RegionList): boolean {
    this.between();
    if (this.refuses) return false;
    this.scan(start, end, out, false);
    return true;
  }

  take(start: number, end: number, out: RegionList): void {
    this.between();
    this.scan(start, end, out, true);
  }

  private scan(start: number, end: number, out: RegionList, arm: boolean): void {
    for (let page = start; page < Math.min(end, PAGES); page++) {
      if (this.bit[page] !== 0) out.push(page, page + 1, PAGE_IS.WRITTEN);
      if (arm) this.bit[page] = 0;
      this.looked(page);
    }
  }

  /** Pages that were read: writes since, page by page. */
  private looked(page: number): void {
    if (this.written.delete(page)) this.truth.add(page);
  }

  truth = new Set<number>();
}

class Sampler {
  readonly memory = new Memory();
  readonly hot: HotPages;
  readonly ever = new Set<number>();
  readonly reported = new Set<number>();
  readonly list = new RegionList(4);
  /** Pages that the sample before armed, or left armed. */
  armedBefore = new Uint8Array(PAGES);
  /** Time of an interval, in ms. */
  periodMs = 50;
  private time = 0;

  constructor() {
    this.hot = new HotPages(new FaultBudget(BUSY()), () => true);
  }

  /** One sample; checks that it reports nothing wrong. */
  sample(exact = false, ranges: readonly number[] = [0, PAGES]): { written: Set<number>; hot: Set<number> } {
    const { memory, list } = this;
    memory.truth.clear();
    list.clear();
    this.hot.begin((this.time += this.periodMs), exact);
    for (let i = 0; i + 1 < ranges.length; i++) this.hot.scan(ranges[i], ranges[i + 1], memory, list);
    this.hot.end(list);
    const written = new Set<number>();
    const hot = new Set<number>();
    const wrong: string[] = [];
    let end = 0;
    for (let i = 0; i < list.count; i++) {
      if (list.start(i) < end) wrong.push(`region ${i} overlaps`);
      end = list.end(i);
      const into = list.categories(i) === PAGE_IS.WRITTEN ? written : hot;
      if (into === hot && list.categories(i) !== PAGE_WAS.HOT) wrong.push(`region ${i} has other categories`);
      for (let page = list.start(i); page < end; page++) into.add(page);
    }
    for (const page of memory.truth) {
      this.ever.add(page);
      if (!written.has(page) && !hot.has(page)) wrong.push(`${page} was written and is left out`);
    }
    for (const page of written) {
      this.reported.add(page);
      if (!memory.truth.has(page)) wrong.push(`${page} was not written`);
    }
    for (const page of hot) {
      if (!this.reported.has(page)) wrong.push(`${page} is hot before it was ever written`);
      if (this.armedBefore[page] !== 0) wrong.push(`${page} is hot although it was armed`);
    }
    expect(wrong).toEqual([]);
    this.armedBefore = memory.bit.map((bit) => 1 - bit);
    return { written, hot };
  }
}

const anyPage = fc.nat(PAGES - 1);
const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('sample' as const),
      writes: fc.array(anyPage, { maxLength: 8 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('exact' as const),
      writes: fc.array(anyPage, { maxLength: 8 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('refuse' as const),
      writes: fc.array(anyPage, { maxLength: 8 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('explicit' as const),
      start: anyPage,
      pages: fc.nat(300),
      most: fc.nat(20),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('clear' as const), start: anyPage, pages: fc.nat(300) }),
  },
);
const region = fc.record({
  start: anyPage,
  pages: fc.integer({ min: 1, max: 1500 }),
  until: fc.integer({ min: 1, max: 80 }),
});

describe('HotPages', () => {
  it('reports nothing wrong for any order of writes, and all samples together are exact', () => {
    let rested = 0;
    fc.assert(
      fc.property(
        fc.array(region, { minLength: 1, maxLength: 3 }),
        fc.array(step, { minLength: 40, maxLength: 120 }),
        fc.array(anyPage, { maxLength: 3 }),
        (regions, steps, cuts) => {
          const sampler = new Sampler();
          const { memory, hot } = sampler;
          const ranges = [0, ...new Set(cuts)].sort((a, b) => a - b).filter((cut, i) => i === 0 || cut > 0);
          ranges.push(PAGES);
          const known = new RegionList(4);
          steps.forEach((now, k) => {
            for (const { start, pages, until } of regions) {
              if (k % until === until - 1) continue;
              for (let p = start; p < Math.min(PAGES, start + pages); p++) memory.write(p);
            }
            if (now.kind === 'explicit') {
              // GET_AND_CLEAR of a range, at most a given number of pages: they are armed and reported.
              known.clear();
              const end = Math.min(PAGES, now.start + now.pages);
              for (let p = now.start, left = now.most || Infinity; p < end && left > 0; p++) {
                const before = known.pages;
                memory.take(p, p + 1, known);
                left -= known.pages - before;
              }
              hot.armedRegions(known);
              for (let i = 0; i < known.count; i++) {
                for (let p = known.start(i); p < known.end(i); p++) sampler.reported.add(p);
              }
              return;
            }
            if (now.kind === 'clear') {
              known.clear();
              memory.take(now.start, now.start + now.pages, known);
              hot.armedRange(now.start, now.start + now.pages);
              return;
            }
            const writes = [...now.writes];
            memory.between = () => {
              const next = writes.pop();
              if (next !== undefined) memory.write(next);
            };
            memory.refuses = now.kind === 'refuse';
            const { hot: unknown } = sampler.sample(now.kind === 'exact', ranges);
            rested += unknown.size;
            if (now.kind !== 'exact') return;
            memory.between = () => undefined;
            // Everything is armed now: the next sample knows every page.
            expect(hot.restedPages).toBe(0);
          });
          memory.between = () => undefined;
          sampler.sample();
          // Each page that was written was reported as written at least once.
          expect([...sampler.ever].filter((p) => !sampler.reported.has(p))).toEqual([]);
        },
      ),
      { seed: 7, numRuns: 40 },
    );
    // There were quiet blocks.
    expect(rested).toBeGreaterThan(10_000);
  });

  it('arms pages that are written all the time about once a second, spread over the samples', () => {
    const sampler = new Sampler();
    const { memory } = sampler;
    const faults: number[] = [];
    for (let k = 0; k < 200; k++) {
      const before = memory.faults;
      for (let p = 0; p < 2000; p++) memory.write(p);
      faults.push(memory.faults - before);
      sampler.sample();
    }
    expect(Math.max(...faults.slice(1, 5))).toBe(2000);
    const late = faults.slice(-64);
    // About a quarter of the budget of 667 stays exact; the others fault once in 16 samples, in turn.
    expect(late.reduce((sum, count) => sum + count, 0) / 64).toBeLessThan(450);
    expect(Math.max(...late)).toBeLessThan(500);
    expect(sampler.hot.every).toBe(16);
  });

  it('leaves everything exact if little is written, and becomes exact again when the program calms down', () => {
    const sampler = new Sampler();
    const { memory, hot } = sampler;
    for (let k = 0; k < 100; k++) {
      for (let p = 0; p < 200; p++) memory.write(p);
      expect(sampler.sample()).toEqual({
        written: new Set(Array.from({ length: 200 }, (_, i) => i)),
        hot: new Set(),
      });
    }
    for (let k = 0; k < 40; k++) {
      for (let p = 0; p < 2000; p++) memory.write(p);
      sampler.sample();
    }
    expect(hot.restedPages).toBeGreaterThan(1400);
    for (let k = 0; k < 150; k++) {
      memory.write(5);
      sampler.sample();
    }
    expect(hot.restedPages).toBe(0);
    for (let k = 0; k < 50; k++) {
      memory.write(k % 7);
      expect(sampler.sample()).toEqual({ written: new Set([k % 7]), hot: new Set() });
    }
  });

  it.each([5, 20, 37])(
    'are none while samples find 240 pages, although every %i are followed by a long interval',
    (every) => {
      const sampler = new Sampler();
      for (let i = 0; i < 2000; i++) {
        sampler.periodMs = i % every === 0 ? 400 : 5;
        for (let page = 8; page < 248; page++) sampler.memory.write(page);
        const { written, hot } = sampler.sample();
        expect([written.size, hot.size]).toEqual([240, 0]);
      }
    },
  );

  it('leaves pages armed that are written occasionally, however many they are: leaving them unarmed would save nothing', () => {
    const sampler = new Sampler();
    for (let k = 0; k < 200; k++) {
      const pages = Array.from({ length: 500 }, (_, i) => i * 4 + (k % 4));
      for (const p of pages) sampler.memory.write(p);
      expect(sampler.sample()).toEqual({ written: new Set(pages), hot: new Set() });
    }
    // Pages that are written in every interval from now on are found nevertheless.
    for (let k = 0; k < 200; k++) {
      for (let p = 0; p < 2000; p++) sampler.memory.write(p);
      sampler.sample();
    }
    expect(sampler.hot.restedPages).toBeGreaterThan(1400);
  });

  it('does not leave pages unarmed that the kernel cannot arm separately', () => {
    const sampler = new Sampler();
    const hot = new HotPages(new FaultBudget(BUSY()), () => false);
    Object.assign(sampler, { hot });
    for (let k = 0; k < 60; k++) {
      for (let p = 0; p < 2000; p++) sampler.memory.write(p);
      expect(sampler.sample().written.size).toBe(2000);
    }
  });
});
