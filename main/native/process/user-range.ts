import { USER_PAGES_4_LEVEL } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';

/** The page after the last VMA of `vmas`, which ascend; [vsyscall] is above user space and does not count. 0 if there is none. */
export function endOfVmas(vmas: readonly Vma[]): number {
  return vmas.findLast((vma) => vma.name !== '[vsyscall]')?.end ?? 0;
}

/** User space of a process: that of 4-level page tables, or up to the end of a VMA above it (LA57). */
export function userRange(vmas: readonly Vma[]): PageRange {
  return { start: 0, end: Math.max(USER_PAGES_4_LEVEL, endOfVmas(vmas)) };
}
