import { EFAULT, EINVAL, ENOMEM } from '../mm/errno.ts';
import { faultIn } from '../fault/fault-in.ts';
import { setHuge } from '../mapping/huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { ACCESSED, DIRTY, SOFT } from '../mm/tile.ts';
import { VM_IO, VM_PFNMAP, VM_READ, VM_WRITE } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/**
 * MADV_POPULATE_READ and MADV_POPULATE_WRITE: faults every page in. EINVAL: the VMA does not allow it; EFAULT: beyond
 * the end of a file, or a guard page; ENOMEM: no room.
 */
export function populateRange(
  mm: MmStruct,
  vma: Vma,
  start: number,
  end: number,
  write: boolean,
): Vma | number {
  if ((vma.flags & (VM_IO | VM_PFNMAP)) !== 0) return EINVAL;
  if ((vma.flags & (write ? VM_WRITE : VM_READ)) === 0) return EINVAL;
  for (let page = start; page < end; page++) {
    const signal = faultIn(mm, page, write);
    if (signal !== null) return signal === 'SIGKILL' ? ENOMEM : EFAULT;
    page = touchHuge(mm, page, write) - 1;
  }
  return mm.vmas.lookup(start) ?? ENOMEM;
}

/** touch_pmd(): FOLL_TOUCH makes a huge page young, and dirty for a write: soft-dirty with it. Returns the page after it. */
function touchHuge(mm: MmStruct, page: number, write: boolean): number {
  const tile = mm.table.find(page);
  if (tile === null || tile.huge === 0) return page + 1;
  const flags = tile.huge | ACCESSED | (write ? DIRTY | SOFT : 0);
  if (flags !== tile.huge) setHuge(mm, tile, flags);
  return tile.end;
}
