import type { MmStruct } from '../mm/mm-struct.ts';
import type { Vma } from '../mm/vma.ts';

/** What is done to the part [start, end) of one VMA; returns the VMA that now holds it, or an error. */
export type VmaVisitor = (vma: Vma, prev: Vma | null, start: number, end: number) => Vma | number;

/** madvise_walk_vmas(): visits the VMAs of a range until one fails; whether any page of it was unmapped. */
export function walkVmas(
  mm: MmStruct,
  start: number,
  end: number,
  visit: VmaVisitor,
): { error: number; holes: boolean } {
  const list = mm.vmas;
  let holes = false;
  for (let page = start; page < end;) {
    const at = list.indexAfter(page);
    const vma = list.at(at);
    if (vma === undefined) return { error: 0, holes: true };
    if (page < vma.start) {
      holes = true;
      page = vma.start;
      if (page >= end) break;
    }
    const prev = page > vma.start ? vma : (list.at(at - 1) ?? null);
    const stop = Math.min(vma.end, end);
    const after = visit(vma, prev, page, stop);
    if (typeof after === 'number') return { error: after, holes };
    page = Math.max(stop, after.end);
  }
  return { error: 0, holes };
}
