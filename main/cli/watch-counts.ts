import { formatPage } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import {
  type ClassCounts,
  countClasses,
  type PageCount,
  WRITE_CLASSES,
} from '#shared/memory/write-counts.ts';
import { formatCount, plural } from '#shared/plural.ts';
import { countRuns } from '../how-often/count-runs.ts';
import { WriteCounts } from '../how-often/write-counts.ts';
import { columns, printable } from './terminal-text.ts';

interface Mapping extends PageRange {
  readonly name: string;
}

interface CountedMapping {
  readonly mapping: Mapping;
  readonly pages: readonly PageCount[];
  readonly classes: ClassCounts;
}

/** Periods that are shown of one mapping in the table. */
const MAX_PERIODS = 3;

/** How often pages were written in the last intervals of a watch (`--counts`). */
export class CountsReport {
  private readonly counts = new WriteCounts();
  private readonly max: number;

  /** @param max the last intervals that are counted */
  constructor(max: number) {
    this.max = max;
  }

  private get intervals(): number {
    return Math.min(this.max, this.counts.length);
  }

  /** One interval: plane Written of `tiles`. */
  add(tiles: TileSet): void {
    this.counts.add(tiles);
  }

  /** The line of --json: runs of pages with the same count, class and period are one. */
  json(mappings: readonly Mapping[]): object {
    return {
      event: 'counts',
      intervals: this.intervals,
      mappings: this.counted(mappings).map(({ mapping, pages, classes }) => ({
        start: formatPage(mapping.start),
        end: formatPage(mapping.end),
        name: mapping.name,
        ...classes.pages,
        periods: classes.periods,
        written: runs(pages),
      })),
    };
  }

  text(mappings: readonly Mapping[]): string {
    const rows = this.counted(mappings).map(({ mapping, classes: { pages, periods } }) => [
      ...WRITE_CLASSES.map((name) => formatCount(pages[name])),
      periods
        .slice(0, MAX_PERIODS)
        .map(([period]) => String(period))
        .join(' '),
      `${formatPage(mapping.start)}  ${printable(mapping.name)}`,
    ]);
    const lines = columns([[...WRITE_CLASSES, 'periods', 'mapping'], ...rows], new Set([0, 1, 2, 3, 4]));
    return [
      `Pages by how often they were written in the last ${this.intervals === 1 ? 'interval' : plural(this.intervals, 'interval')}:`,
      ...lines,
      '',
    ].join('\n');
  }

  private counted(mappings: readonly Mapping[]): CountedMapping[] {
    return mappings
      .map((mapping) => ({ mapping, pages: this.counts.pages(mapping, this.max) }))
      .filter(({ pages }) => pages.length > 0)
      .map((counted) => ({ ...counted, classes: countClasses(counted.pages) }));
  }
}

/** `["0xADDR", pages, count, class, period]`, ascending. */
const runs = (pages: readonly PageCount[]): unknown[][] =>
  countRuns(pages).map(({ start, end, count, class: name, period }) => [
    formatPage(start),
    end - start,
    count,
    name,
    period,
  ]);
