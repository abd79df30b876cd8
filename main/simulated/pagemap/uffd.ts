import { EINVAL, ENOENT, ENOMEM } from '../mm/errno.ts';
import { walkVmas } from '../mapping/walk-vmas.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { stickyFlags, vmaMerge } from '../mapping/vma-merge.ts';
import { isolate } from '../mapping/vma-split.ts';
import { notifiedProtection, VM_PFNMAP, VM_SHARED, VM_UFFD_WP } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';
import { resolveRange, writeProtectRange } from './uffd-protect.ts';

/*
 * userfaultfd write-protection as Linux 6.7 and later have it, with WP_ASYNC (a write lifts the protection without a handler)
 * and WP_UNPOPULATED (markers in holes). One userfaultfd a process.
 */

/** UFFDIO_REGISTER, mode WP: EINVAL if nothing is mapped, or a device; ENOMEM: max_map_count. */
export function registerUffd(mm: MmStruct, page: number, pages: number): number {
  const vmas = mapped(mm, page, pages);
  if (vmas.length === 0 || vmas.some((vma) => (vma.flags & VM_PFNMAP) !== 0)) return EINVAL;
  return arm(mm, page, pages, true);
}

/** UFFDIO_UNREGISTER: lifts all protection of the range. EINVAL if nothing is mapped. */
export function unregisterUffd(mm: MmStruct, page: number, pages: number): number {
  if (mapped(mm, page, pages).length === 0) return EINVAL;
  return arm(mm, page, pages, false);
}

/** UFFDIO_WRITEPROTECT: ENOENT if nothing is mapped, or at the first VMA that is not registered. */
export function protectWithUffd(mm: MmStruct, page: number, pages: number, protect: boolean): number {
  const vmas = mapped(mm, page, pages);
  if (vmas.length === 0) return ENOENT;
  for (const vma of vmas) {
    if ((vma.flags & VM_UFFD_WP) === 0) return ENOENT;
    const start = Math.max(page, vma.start);
    const end = Math.min(page + pages, vma.end);
    if (!protect) resolveRange(mm, vma, start, end);
    else if (!writeProtectRange(mm, vma, start, end)) return ENOMEM;
  }
  return 0;
}

function mapped(mm: MmStruct, page: number, pages: number): Vma[] {
  if (pages <= 0 || page + pages > mm.memory.taskPages) return [];
  const found: Vma[] = [];
  for (let at = mm.vmas.indexAfter(page); ; at++) {
    const vma = mm.vmas.at(at);
    if (vma === undefined || vma.start >= page + pages) return found;
    found.push(vma);
  }
}

/** vma_modify_flags_uffd() for every VMA of the range. */
function arm(mm: MmStruct, page: number, pages: number, on: boolean): number {
  return walkVmas(mm, page, page + pages, (vma, prev, start, end) => {
    if (((vma.flags & VM_UFFD_WP) !== 0) === on) return vma;
    if (!on) resolveRange(mm, vma, start, end);
    const flags = on ? vma.flags | VM_UFFD_WP : vma.flags & ~VM_UFFD_WP;
    const { anonVma, object } = vma;
    const merged = vmaMerge(mm, prev, start, end, { flags, anonVma, object, pgoff: vma.pgoffOf(start) });
    const piece = merged ?? isolate(mm, vma, start, end);
    if (typeof piece === 'number') return piece;
    const sticky = merged === null ? 0 : stickyFlags(mm, merged.flags);
    const prot = (flags & VM_SHARED) !== 0 ? notifiedProtection(flags | sticky) : piece.prot;
    const changed = piece.with({ flags: flags | sticky, prot });
    mm.vmas.replace(mm.vmas.indexOf(piece), 1, [changed], 'flags');
    return changed;
  }).error;
}
