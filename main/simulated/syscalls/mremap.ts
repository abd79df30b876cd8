import { EFAULT, EINVAL, ENOMEM } from '../mm/errno.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { movePageTables } from './move-page-tables.ts';
import { findFree } from './mmap.ts';
import { unmapRange } from './munmap.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { vmaMerge } from '../mapping/vma-merge.ts';
import {
  VM_DONTEXPAND,
  VM_HUGETLB,
  VM_MAYSHARE,
  VM_PFNMAP,
  VM_SHARED,
  VM_UFFD_WP,
  notifiedProtection,
} from '../mm/vma-flags.ts';
import { NO_CHAIN, type Vma } from '../mm/vma.ts';

export interface RemapRequest {
  readonly page: number;
  readonly pages: number;
  readonly newPages: number;
  /** MREMAP_FIXED: move to here; mappings there are unmapped first. */
  readonly newPage?: number;
  /** MREMAP_MAYMOVE without an address: moves if it cannot grow. */
  readonly mayMove?: boolean;
  /** MREMAP_DONTUNMAP: the old range stays mapped, empty. */
  readonly dontUnmap?: boolean;
}

/**
 * mremap(): the first page of the memory afterwards, or EINVAL (new length 0, overlap, dontUnmap with another length or
 * without mayMove or newPage), EFAULT (nothing at `page`, or the old range leaves its VMA), ENOMEM (no room).
 * MREMAP_FIXED unmaps its destination even where the call then fails with EFAULT.
 */
export function mremap(mm: MmStruct, request: RemapRequest): number {
  const { page, newPage, dontUnmap } = request;
  let { pages, newPages } = request;
  const mayMove = request.mayMove === true || newPage !== undefined;
  if (dontUnmap === true && (!mayMove || pages !== newPages)) return EINVAL;
  if (newPages <= 0 || pages < 0) return EINVAL;
  const vma = mm.vmas.lookup(page);
  if (vma === null) return EFAULT;
  if ((vma.flags & VM_HUGETLB) !== 0) {
    pages = Math.ceil(pages / PAGES_PER_TILE) * PAGES_PER_TILE;
    newPages = Math.ceil(newPages / PAGES_PER_TILE) * PAGES_PER_TILE;
    if (page % PAGES_PER_TILE !== 0 || (newPage ?? 0) % PAGES_PER_TILE !== 0 || newPages > pages)
      return EINVAL;
  }
  if (newPage !== undefined || dontUnmap === true) return remapTo(mm, { ...request, pages, newPages });
  if (pages >= newPages) {
    const failed = pages === newPages ? 0 : shrink(mm, page + newPages, pages - newPages);
    return failed < 0 ? failed : page;
  }
  const resized = checkResize(mm, page, pages, newPages, false);
  if (typeof resized === 'number') return resized;
  if (page + pages === resized.end && expandable(mm, resized, newPages - pages)) {
    return growInPlace(mm, resized, newPages - pages) ? page : ENOMEM;
  }
  if (!mayMove) return ENOMEM;
  const place = findFree(mm, newPages);
  return place < 0 ? place : moveVma(mm, resized, page, pages, newPages, place, false);
}

function shrink(mm: MmStruct, page: number, pages: number): number {
  const limit = mm.memory.taskPages;
  if (page > limit || pages > limit - page) return EINVAL;
  return unmapRange(mm, page, page + pages);
}

/** mremap_to(): MREMAP_FIXED and MREMAP_DONTUNMAP. */
function remapTo(mm: MmStruct, request: RemapRequest): number {
  const { page, newPages } = request;
  const dontUnmap = request.dontUnmap === true;
  const target = request.newPage ?? 0;
  let { pages } = request;
  const limit = mm.memory.taskPages;
  if (newPages > limit || target > limit - newPages || target < 0) return EINVAL;
  // Unsigned 64-bit, in pages: an old length near 2^64 wraps.
  if ((page + pages) % 2 ** 52 > target && target + newPages > page) return EINVAL;
  if (mm.vmas.count + 2 >= mm.memory.options.maxMapCount - 3) return ENOMEM;
  if (request.newPage !== undefined) {
    const failed = unmapRange(mm, target, target + newPages);
    if (failed < 0) return failed;
  }
  if (pages > newPages) {
    const failed = shrink(mm, page + newPages, pages - newPages);
    if (failed < 0) return failed;
    pages = newPages;
  }
  const vma = checkResize(mm, page, pages, newPages, dontUnmap);
  if (typeof vma === 'number') return vma;
  const hint = target > 0 && !mm.vmas.overlaps(target, target + newPages) ? target : undefined;
  const place = request.newPage ?? hint ?? findFree(mm, newPages);
  return place < 0 ? place : moveVma(mm, vma, page, pages, newPages, place, dontUnmap);
}

/** vma_to_resize(): the VMA at `page`, if the old range may get the new length. */
function checkResize(
  mm: MmStruct,
  page: number,
  pages: number,
  newPages: number,
  dontUnmap: boolean,
): Vma | number {
  const vma = mm.vmas.lookup(page);
  if (vma === null) return EFAULT;
  if (pages === 0 && (vma.flags & (VM_SHARED | VM_MAYSHARE)) === 0) return EINVAL;
  if (dontUnmap && (vma.flags & (VM_DONTEXPAND | VM_PFNMAP)) !== 0) return EINVAL;
  if (pages > vma.end - page) return EFAULT;
  if (newPages === pages) return vma;
  if ((vma.flags & (VM_DONTEXPAND | VM_PFNMAP)) !== 0) return EFAULT;
  return newPages > mm.memory.taskPages ? ENOMEM : vma;
}

/** vma_expandable(). */
function expandable(mm: MmStruct, vma: Vma, more: number): boolean {
  const end = vma.end + more;
  return end <= mm.memory.taskPages && !mm.vmas.overlaps(vma.end, end);
}

/** The growing half of mremap() in place: the VMA keeps its VM_SOFTDIRTY, also over a VMA after it that it merges with. */
function growInPlace(mm: MmStruct, vma: Vma, more: number): boolean {
  const { flags, anonVma, object } = vma;
  const traits = { flags, anonVma, object, pgoff: vma.pgoffOf(vma.end) };
  return vmaMerge(mm, vma, vma.end, vma.end + more, traits) !== null;
}

/** move_vma(): a new VMA at `target`, the entries moved there, the old range unmapped. */
function moveVma(
  mm: MmStruct,
  vma: Vma,
  page: number,
  pages: number,
  newPages: number,
  target: number,
  dontUnmap: boolean,
): number {
  if (mm.vmas.count >= mm.memory.options.maxMapCount - 3) return ENOMEM;
  const moved = copyVma(mm, vma, page, newPages, target, dontUnmap);
  const source = mm.vmas.lookup(page);
  if (source === null) return EFAULT;
  movePageTables(mm, source, page, target, pages);
  disarm(mm, target);
  if (!dontUnmap) {
    unmapRange(mm, page, page + pages);
    return target;
  }
  const rest = mm.vmas.lookup(page);
  if (rest !== null && rest !== moved && rest.start === page && rest.end === page + pages) {
    // unlink_anon_vmas(): the old VMA has no anonymous page left.
    const untouched = rest.with({ anonVma: null, chain: NO_CHAIN });
    if (rest.anonVma !== null) mm.vmas.replace(mm.vmas.indexOf(rest), 1, [untouched], 'anon-vma');
  }
  return target;
}

/** mremap_userfaultfd_prep(): the new range is not registered, even if it was merged. */
function disarm(mm: MmStruct, page: number): void {
  const vma = mm.vmas.lookup(page);
  if (vma === null || (vma.flags & VM_UFFD_WP) === 0) return;
  const flags = vma.flags & ~VM_UFFD_WP;
  const prot = (flags & VM_SHARED) !== 0 ? notifiedProtection(flags) : vma.prot;
  mm.vmas.replace(mm.vmas.indexOf(vma), 1, [vma.with({ flags, prot })], 'flags');
}

/**
 * copy_vma(): the VMA for the new place, merged with a neighbour where possible: then it has the neighbour's
 * VM_SOFTDIRTY, else the source's. Private memory that was never touched takes the page offset of its new place.
 */
function copyVma(
  mm: MmStruct,
  vma: Vma,
  page: number,
  newPages: number,
  target: number,
  dontUnmap: boolean,
): Vma {
  const end = target + newPages;
  const untouched = vma.anonymous && (vma.flags & VM_HUGETLB) === 0 && vma.anonVma === null;
  const pgoff = untouched ? target : vma.pgoffOf(page);
  const at = mm.vmas.indexAfter(target);
  const { flags, anonVma, object } = vma;
  const prev = mm.vmas.at(at - 1) ?? null;
  // With MREMAP_DONTUNMAP the new VMA never merges with the old one.
  const apart = dontUnmap ? vma : null;
  const merged = vmaMerge(mm, prev, target, end, { flags, anonVma, object, pgoff }, apart);
  if (merged !== null) return merged;
  const moved = vma.with({ start: target, end, pgoff });
  mm.vmas.replace(mm.vmas.indexAfter(target), 0, [moved], 'map');
  return moved;
}
