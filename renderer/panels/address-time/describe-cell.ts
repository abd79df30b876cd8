import { IntervalState } from '#shared/contract/write-history.ts';
import { formatPage } from '#shared/memory/page.ts';
import { rangePages, type PageRange } from '#shared/memory/range.ts';
import { shortName } from '../../heatmap/overlay/gutter.ts';
import { formatPages, plural } from '../../ui/format.ts';
import { formatTime } from '../../ui/time.ts';
import type { AddressTimeView } from './address-time-view.ts';
import type { IntervalFacts } from './written-history.ts';

/** What a cell of the panel shows. */
export interface CellFacts {
  readonly pages: PageRange;
  readonly name: string;
  /** Null if nothing was sampled. */
  readonly interval: IntervalFacts | null;
  /** Pages of the cell, of everything shown, and of memory that is not shown, that were written in the interval. */
  readonly here: number;
  readonly total: number;
  readonly elsewhere: number;
}

/** @param time ms; null if the page is not on the axis */
export function cellFacts(view: AddressTimeView, page: number, time: number): CellFacts | null {
  const { read, buckets } = view;
  const bucket = buckets.of(page);
  if (bucket < 0) return null;
  const pages = buckets.range(bucket);
  const vma = view.model.frames.vmaOf(pages.start);
  const name = vma ? shortName(vma) : '';
  const i = read?.at(time) ?? -1;
  if (!read || i < 0) return { pages, name, interval: null, here: 0, total: 0, elsewhere: 0 };
  const interval = read.interval(i);
  const total = read.total(i);
  return {
    pages,
    name,
    interval,
    here: read.count(i, bucket),
    total,
    elsewhere: interval.written - total,
  };
}

/** When the interval was. */
export function intervalText({ start, end, frames }: IntervalFacts): string {
  const span = `${formatTime(start, 2)} – ${formatTime(end, 2)}`;
  return frames > 1 ? `${span}, ${plural(frames, 'frame')}` : span;
}

/** Why the writes of an interval are not known; null if they are. */
export function missingText(interval: IntervalFacts | null): string | null {
  if (interval === null) return 'no data: nothing was sampled at this time';
  if (interval.state === IntervalState.Unread) return 'not read yet';
  if (interval.state === IntervalState.Unreadable) return 'damaged: this part of the file cannot be read';
  return null;
}

/** The facts as a sentence, for screen readers. */
export function cellSentence({ pages, name, interval, here, total }: CellFacts): string {
  const count = rangePages(pages);
  const where = `${formatPage(pages.start)}${count > 1 ? `, ${formatPages(count)}` : ''}${name === '' ? '' : `, ${name}`}`;
  const missing = missingText(interval);
  if (interval === null || missing !== null) return `${where}, ${missing}`;
  return `${where}, ${intervalText(interval)}: ${plural(here, 'page')} written here, ${plural(total, 'page')} in total`;
}
