import { EINVAL, ENOMEM } from '../mm/errno.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { splitVmaUnlimited } from '../mapping/vma-split.ts';
import { zapRange } from '../mapping/zap.ts';

/** munmap(): 0, EINVAL (no length, beyond the address space), ENOMEM (max_map_count). */
export function munmap(mm: MmStruct, page: number, pages: number): number {
  const limit = mm.memory.taskPages;
  if (page > limit || pages > limit - page || pages <= 0) return EINVAL;
  return unmapRange(mm, page, page + pages);
}

/** do_munmap(): cuts the VMAs at both ends, unmaps what is between, frees unused page tables. */
export function unmapRange(mm: MmStruct, start: number, end: number): number {
  const list = mm.vmas;
  const first = list.at(list.indexAfter(start));
  if (first === undefined || first.start >= end) return 0;
  if (start > first.start) {
    // The count may exceed its limit during the call, but not after it.
    if (end < first.end && list.count >= mm.memory.options.maxMapCount) return ENOMEM;
    const parts = splitVmaUnlimited(mm, first, start);
    if (typeof parts === 'number') return parts;
  }
  const last = list.lookup(end - 1);
  if (last !== null && last.end > end) {
    const parts = splitVmaUnlimited(mm, last, end);
    if (typeof parts === 'number') return parts;
  }
  const firstIndex = list.indexAfter(start);
  let endIndex = firstIndex;
  for (let vma = list.at(endIndex); vma !== undefined && vma.start < end; vma = list.at(++endIndex)) {
    zapRange(mm, vma, vma.start, vma.end);
  }
  const low = list.at(firstIndex)?.start ?? start;
  const high = list.at(endIndex - 1)?.end ?? end;
  list.replace(firstIndex, endIndex - firstIndex, [], 'unmap');
  mm.table.prune(low, high, (from, to) => list.overlaps(from, to));
  return 0;
}
