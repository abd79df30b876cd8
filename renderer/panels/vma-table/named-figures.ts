import { rangePages } from '#shared/memory/range.ts';
import type { ClassCounts } from '#shared/memory/write-counts.ts';
import { sumRange } from '../../data/range-summary.ts';
import { topWriter, type WriterShares } from '../../data/page-writers.ts';
import type { NamedRow, RowFigures } from './rows.ts';

/** The numbers of a named range, in pages; its rate and its huge pages are not counted. @param classes null while no column shows them  @param writers likewise */
export function namedFigures(
  frames: Parameters<typeof sumRange>[0],
  { pages }: NamedRow,
  classes: ClassCounts | null,
  writers: WriterShares | null,
): RowFigures {
  const { written, present, swapped } = sumRange(frames, pages);
  const counts = classes?.pages ?? { every: 0, most: 0, periodic: 0, rare: 0, once: 0 };
  const period = classes?.periods[0]?.[0] ?? 0;
  const top = topWriter(writers ? [writers] : []);
  return {
    size: rangePages(pages),
    written,
    rate: 0,
    resident: present,
    swapped,
    huge: 0,
    ...counts,
    period,
    writer: top?.name ?? '',
    writerShare: top?.share ?? 0,
  };
}
