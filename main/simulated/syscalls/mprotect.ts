import { EACCES, ENOMEM } from '../mm/errno.ts';
import { changeProtection } from '../mapping/change-protection.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { isolate } from '../mapping/vma-split.ts';
import { stickyFlags, vmaMerge } from '../mapping/vma-merge.ts';
import {
  notifiedProtection,
  VM_ACCESS,
  VM_ACCOUNT,
  VM_HUGETLB,
  VM_SHARED,
  VM_WRITE,
  wantsWriteNotify,
} from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/**
 * mprotect(): `rights` of VM_READ, VM_WRITE, VM_EXEC. 0; ENOMEM at the first hole (what is before it is changed) or
 * if a split passes max_map_count; EINVAL where the range passes the end of all addresses.
 */
export function mprotect(mm: MmStruct, page: number, pages: number, rights: number): number {
  if (pages === 0) return 0;
  const end = page + pages;
  if (pages < 0 || end > 2 ** 52) return ENOMEM;
  const list = mm.vmas;
  const at = list.indexAfter(page);
  let vma = list.at(at);
  if (vma === undefined || vma.start > page) return ENOMEM;
  let prev: Vma | null = page > vma.start ? vma : (list.at(at - 1) ?? null);
  for (let start = page; ;) {
    const flags = (vma.flags & ~VM_ACCESS) | rights;
    // VM_MAY* are the same bits four places further up.
    if ((flags & ~(flags >> 4) & VM_ACCESS) !== 0) return EACCES;
    const changed = protectPiece(mm, vma, prev, start, Math.min(vma.end, end), flags);
    if (typeof changed === 'number') return changed;
    prev = changed;
    start = Math.max(Math.min(vma.end, end), prev.end);
    if (start >= end) return 0;
    vma = list.at(list.indexAfter(prev.end));
    if (vma === undefined || vma.start !== start) return ENOMEM;
  }
}

/**
 * mprotect_fixup(): gives [start, end) of `vma` new flags: merged with a neighbour where possible, else as a VMA of its
 * own. VM_SOFTDIRTY of the piece overwrites that of the neighbour it merges with. Returns the VMA that now holds it.
 */
function protectPiece(
  mm: MmStruct,
  vma: Vma,
  prev: Vma | null,
  start: number,
  end: number,
  wanted: number,
): Vma | number {
  if (wanted === vma.flags) return vma;
  let flags = wanted;
  if ((flags & VM_WRITE) !== 0 && (vma.flags & (VM_ACCOUNT | VM_WRITE | VM_HUGETLB | VM_SHARED)) === 0) {
    flags |= VM_ACCOUNT;
  }
  const { anonVma, object } = vma;
  const merged = vmaMerge(mm, prev, start, end, { flags, anonVma, object, pgoff: vma.pgoffOf(start) });
  const piece = merged ?? isolate(mm, vma, start, end);
  if (typeof piece === 'number') return piece;
  if (merged !== null) flags |= stickyFlags(mm, merged.flags);
  // With the old page protection: false for a VMA whose protection does not follow from its flags.
  const tryWritable =
    (flags & VM_SHARED) !== 0 ? wantsWriteNotify(flags, piece.prot) : (flags & VM_WRITE) !== 0;
  const changed = piece.with({ flags, prot: notifiedProtection(flags) });
  mm.vmas.replace(mm.vmas.indexOf(piece), 1, [changed], 'flags');
  changeProtection(mm, changed, start, end, tryWritable);
  return changed;
}
