import { rangePages } from '#shared/memory/range.ts';
import { sumRange } from '../../data/range-summary.ts';
import type { NamedRow, RowFigures } from './rows.ts';

/** The numbers of a named range, in pages; its rate and its huge pages are not counted. */
export function namedFigures(frames: Parameters<typeof sumRange>[0], { pages }: NamedRow): RowFigures {
  const { written, present, swapped } = sumRange(frames, pages);
  return { size: rangePages(pages), written, rate: 0, resident: present, swapped, huge: 0 };
}
