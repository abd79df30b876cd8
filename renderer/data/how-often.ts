import { createStore, type StoreApi } from 'zustand/vanilla';
import { forEachCountedTile, type WriteCountsReply } from '#shared/contract/write-counts.ts';
import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { firstEndingAfter } from '#shared/memory/vma.ts';
import {
  ClassCounter,
  type ClassCounts,
  countOf,
  unpackCount,
  type WriteCount,
  WRITTEN_BEFORE,
} from '#shared/memory/write-counts.ts';
import { ageOfHeat, HEAT_WINDOW } from './heat.ts';
import type { PageColouring, RampScale } from './page-colouring.ts';

/** The data that were read last. */
export interface CountedPages {
  /** Intervals that were counted. */
  readonly intervals: number;
  /** Rises with each reading. */
  readonly version: number;
}

/** Heat of a page that was written once; below it is what was written before. */
const ONCE = 0.2;
/** The map's clock: pages have the age that has their heat. */
const NOW = HEAT_WINDOW + 1000;

/** Heat of a page that was written in `count` of `intervals`: each doubling is one step. */
export function heatOfCount(count: number, intervals: number): number {
  if (count >= intervals) return 1;
  return ONCE + (1 - ONCE) * (Math.log(count) / Math.log(intervals));
}

/**
 * In how many of the last intervals each page was written, as the engine counted it. As a colouring, the pages' times are such that the
 * painters' ramp shows how often instead of when: from afar the page that is written most often is seen.
 */
export class HowOften implements PageColouring {
  readonly now = NOW;
  readonly store: StoreApi<CountedPages> = createStore<CountedPages>(() => ({ intervals: 0, version: 0 }));
  private counts = new Map<number, Uint32Array>();
  private timesByTile = new Map<number, Uint32Array>();

  get scale(): RampScale {
    const intervals = Math.max(2, this.intervals);
    return {
      kind: 'ramp',
      title: `How often in the last ${this.intervals}`,
      from: ONCE,
      ticks: countTicks(intervals),
    };
  }

  get intervals(): number {
    return this.store.getState().intervals;
  }

  /** The times of a tile's 512 pages by which they are painted; null: none was written. */
  times(tile: number): Uint32Array | null {
    return this.timesByTile.get(tile) ?? null;
  }

  /** Null if the page was not written in the counted intervals. */
  countOf(page: number): WriteCount | null {
    return unpackCount(this.packed(page));
  }

  /** Whether the page was written, but in none of the counted intervals. */
  isBefore(page: number): boolean {
    return this.packed(page) === WRITTEN_BEFORE;
  }

  /** Rises with each reading. */
  get version(): number {
    return this.store.getState().version;
  }

  /** Pages of each range by how often they were written; the ranges ascend and are apart. */
  classesOf(ranges: readonly PageRange[]): readonly ClassCounts[] {
    const counters = ranges.map(() => new ClassCounter());
    for (const [tile, values] of this.counts) {
      const base = tile * PAGES_PER_TILE;
      for (let i = firstEndingAfter(ranges, base); i < ranges.length; i++) {
        const range = ranges[i];
        if (!range || range.start >= base + PAGES_PER_TILE) break;
        const [from, to] = [Math.max(0, range.start - base), Math.min(PAGES_PER_TILE, range.end - base)];
        if (values.length === 1) counters[i]?.add(values[0] ?? 0, to - from);
        else for (let page = from; page < to; page++) counters[i]?.add(values[page] ?? 0, 1);
      }
    }
    return counters.map((counter) => counter.sums());
  }

  /** Takes what was read, all of it. @returns the tiles that look different */
  take(replies: readonly WriteCountsReply[]): number[] {
    const intervals = replies.at(-1)?.intervals ?? 0;
    const counts = new Map<number, Uint32Array>();
    const timesByTile = new Map<number, Uint32Array>();
    const changed = new Set<number>([...this.counts.keys()]);
    const sameScale = intervals === this.intervals;
    const timeOf = timeTable(intervals);
    const uniform = new Map<number, Uint32Array>();
    for (const reply of replies) {
      forEachCountedTile(reply, (tile, values) => {
        const before = this.counts.get(tile);
        const seen = this.timesByTile.get(tile);
        if (sameScale && before && seen && isSame(before, values)) {
          counts.set(tile, before);
          timesByTile.set(tile, seen);
          changed.delete(tile);
          return;
        }
        counts.set(tile, values.slice());
        changed.add(tile);
        const first = values[0] ?? 0;
        if (values.length > 1) {
          timesByTile.set(tile, values.map(timeOf));
          return;
        }
        const shared = uniform.get(first) ?? new Uint32Array(PAGES_PER_TILE).fill(timeOf(first));
        uniform.set(first, shared);
        timesByTile.set(tile, shared);
      });
    }
    this.counts = counts;
    this.timesByTile = timesByTile;
    this.store.setState(({ version }) => ({ intervals, version: version + 1 }));
    return [...changed];
  }

  private packed(page: number): number {
    const tile = tileOfPage(page);
    const values = this.counts.get(tile);
    if (!values) return 0;
    return values[values.length === 1 ? 0 : page - tile * PAGES_PER_TILE] ?? 0;
  }
}

/** Positions of counts on the scale of how often, from once to every interval: share of its length, and the label there. */
function countTicks(intervals: number): readonly { readonly at: number; readonly text: string }[] {
  const steps = intervals < 4 ? 1 : intervals < 16 ? 2 : 3;
  return Array.from({ length: steps + 1 }, (_, i) => {
    const at = i / steps;
    const text = i === 0 ? '1' : i === steps ? 'every' : String(Math.round(intervals ** at));
    return { at, text };
  });
}

const isSame = (one: Uint32Array, other: Uint32Array): boolean =>
  one.length === other.length && one.every((value, i) => value === other[i]);

/** From packed counts to times: 0 = never, 1 = as old as anything, else by heat. */
function timeTable(intervals: number): (packed: number) => number {
  const known = new Map<number, number>();
  return (packed) => {
    const count = countOf(packed);
    if (count === 0) return packed === 0 ? 0 : 1;
    const before = known.get(count);
    if (before !== undefined) return before;
    const time = NOW - Math.round(ageOfHeat(heatOfCount(count, intervals))) + 1;
    known.set(count, time);
    return time;
  };
}

/** "37 of the last 64 intervals, every 2nd". @param unit name of one interval */
export function countText(count: WriteCount, intervals: number, unit: string): string {
  if (count.class === 'every') return `each of the last ${intervals} ${unit}s`;
  const regularly = count.period === null ? '' : `, every ${ordinal(count.period)}`;
  return `${count.count} of the last ${intervals} ${unit}s${regularly}`;
}

function ordinal(number: number): string {
  const tens = number % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
  return `${number}${suffix}`;
}
