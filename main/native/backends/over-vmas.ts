import type { Vma } from '#shared/memory/vma.ts';
import type { RegionList } from '../tracking/region-list.ts';

/** The part of a region inside one VMA. */
export type VisitPart = (vma: Vma, start: number, end: number, categories: number) => void;

/**
 * Cuts the regions of `list` at the borders of VMAs. Returns how many pages are in no VMA: those of a mapping newer
 * than `vmas`.
 */
export function overVmas(list: RegionList, vmas: readonly Vma[], visit: VisitPart): number {
  let outside = 0;
  let index = 0;
  for (let i = 0; i < list.count; i++) {
    const end = list.end(i);
    const categories = list.categories(i);
    for (let at = list.start(i); at < end;) {
      while (index < vmas.length && vmas[index].end <= at) index++;
      const vma = index < vmas.length ? vmas[index] : null;
      const next = vma === null || vma.start >= end ? end : vma.start;
      if (vma === null || vma.start > at) {
        outside += next - at;
        at = next;
        continue;
      }
      const stop = Math.min(end, vma.end);
      visit(vma, at, stop, categories);
      at = stop;
    }
  }
  return outside;
}
