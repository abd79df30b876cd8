import { formatPage } from '#shared/memory/page.ts';
import { rangePages, type PageRange } from '#shared/memory/range.ts';
import { countWithin } from '../../session/written-sets.ts';
import { shortName } from '../../heatmap/overlay-gutter.ts';
import { formatPages, plural } from '../../ui/format.ts';
import { formatTime } from '../../ui/time.ts';
import type { AddressTimeView } from './address-time-view.ts';

/** What a place of the panel stands for. */
export interface CellFacts {
  readonly pages: PageRange;
  readonly name: string;
  /** Null where no frame is known. */
  readonly frame: {
    readonly time: number;
    /** Pages of the cell, and of everything shown, that the frame told as written. */
    readonly here: number;
    readonly total: number;
  } | null;
}

/** @param time ms  @param pages those that share the cell */
export function cellFacts(view: AddressTimeView, pages: PageRange, time: number): CellFacts {
  const { frames } = view.inspector;
  const entry = view.entries[view.indexAt(time)];
  const vma = frames.vmaOf(pages.start);
  let total = 0;
  if (entry) for (const span of view.axis.spans) total += countWithin(entry.written, span);
  return {
    pages,
    name: vma ? shortName(vma) : '',
    frame: entry ? { time: entry.time, here: countWithin(entry.written, pages), total } : null,
  };
}

/** The same as a sentence, for screen readers. */
export function cellSentence({ pages, name, frame }: CellFacts): string {
  const count = rangePages(pages);
  const where = `${formatPage(pages.start)}${count > 1 ? `, ${formatPages(count)}` : ''}${name === '' ? '' : `, ${name}`}`;
  if (!frame) return `${where}, no frame at this time`;
  return `${where}, frame at ${formatTime(frame.time, 2)}: ${plural(frame.here, 'page')} written here, ${plural(frame.total, 'page')} in all`;
}
