import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { collapseRange } from '../collapse/collapse.ts';
import { EAGAIN, EINVAL, ENOMEM } from '../mm/errno.ts';
import { freeRange } from './madvise-free.ts';
import { pageOut } from '../reclaim/reclaim.ts';
import { installGuards, removeGuards } from './guard.ts';
import { populateRange } from './populate.ts';
import { walkVmas, type VmaVisitor } from '../mapping/walk-vmas.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { stickyFlags, vmaMerge } from '../mapping/vma-merge.ts';
import { isolate } from '../mapping/vma-split.ts';
import { VM_HUGEPAGE, VM_HUGETLB, VM_NOHUGEPAGE, VM_PFNMAP } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';
import { zapRange } from '../mapping/zap.ts';

export type Advice =
  | 'hugepage'
  | 'nohugepage'
  | 'dontneed'
  | 'free'
  | 'pageout'
  | 'populate_read'
  | 'populate_write'
  | 'collapse'
  | 'guard_install'
  | 'guard_remove';

/**
 * madvise(). Works VMA by VMA, ascending, and stops at the first error; unmapped parts are ignored, and make it ENOMEM
 * at the end. EINVAL: the advice does not suit the VMA; EAGAIN: a split passes max_map_count.
 */
export function madvise(mm: MmStruct, page: number, pages: number, advice: Advice): number {
  if (pages === 0) return 0;
  if (pages < 0) return EINVAL;
  const { error, holes } = walkVmas(mm, page, page + pages, visitor(mm, advice));
  return error === 0 && holes ? ENOMEM : error;
}

function visitor(mm: MmStruct, advice: Advice): VmaVisitor {
  switch (advice) {
    case 'hugepage':
      return (vma, prev, start, end) =>
        setFlags(mm, vma, prev, start, end, (vma.flags & ~VM_NOHUGEPAGE) | VM_HUGEPAGE);
    case 'nohugepage':
      return (vma, prev, start, end) =>
        setFlags(mm, vma, prev, start, end, (vma.flags & ~VM_HUGEPAGE) | VM_NOHUGEPAGE);
    case 'dontneed':
      return (vma, _prev, start, end) => dontNeed(mm, vma, start, end);
    case 'free':
      return (vma, _prev, start, end) => freeRange(mm, vma, start, end);
    case 'pageout':
      return (vma, _prev, start, end) => pageOut(mm, vma, start, end);
    case 'populate_read':
      return (vma, _prev, start, end) => populateRange(mm, vma, start, end, false);
    case 'populate_write':
      return (vma, _prev, start, end) => populateRange(mm, vma, start, end, true);
    case 'collapse':
      return (vma, _prev, start, end) => collapseRange(mm, vma, start, end);
    case 'guard_install':
      return (vma, _prev, start, end) => installGuards(mm, vma, start, end);
    case 'guard_remove':
      return (vma, _prev, start, end) => removeGuards(mm, vma, start, end);
  }
}

/**
 * madvise_update_vma(): gives the piece other flags, merged with a neighbour where possible. As with mprotect, the
 * piece's VM_SOFTDIRTY overwrites the neighbour's; its page protection stays that of the VMA that grew.
 */
function setFlags(
  mm: MmStruct,
  vma: Vma,
  prev: Vma | null,
  start: number,
  end: number,
  flags: number,
): Vma | number {
  if (flags === vma.flags) return vma;
  const { anonVma, object } = vma;
  const merged = vmaMerge(mm, prev, start, end, { flags, anonVma, object, pgoff: vma.pgoffOf(start) });
  const piece = merged ?? isolate(mm, vma, start, end);
  if (typeof piece === 'number') return piece === ENOMEM ? EAGAIN : piece;
  const sticky = merged === null ? 0 : stickyFlags(mm, merged.flags);
  const changed = piece.with({ flags: flags | sticky });
  mm.vmas.replace(mm.vmas.indexOf(piece), 1, [changed], 'flags');
  return changed;
}

/** madvise_dontneed_single_vma(): the entries go, VM_SOFTDIRTY stays; pages of files stay in the cache. */
function dontNeed(mm: MmStruct, vma: Vma, start: number, end: number): Vma | number {
  if ((vma.flags & VM_PFNMAP) !== 0) return EINVAL;
  let stop = end;
  if ((vma.flags & VM_HUGETLB) !== 0) {
    if (start % PAGES_PER_TILE !== 0) return EINVAL;
    stop = end - (end % PAGES_PER_TILE);
  }
  if (start < stop) zapRange(mm, vma, start, stop, 'keep');
  return vma;
}
