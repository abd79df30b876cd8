import { EFAULT, EINVAL, ENOMEM } from '../mm/errno.ts';
import type { Signal } from '../fault/fault-event.ts';
import { handleFault } from '../fault/fault.ts';
import { setHuge } from '../mapping/huge.ts';
import type { SimulatedProcess } from '../process.ts';
import { ACCESSED, DIRTY, PRESENT, SOFT, WRITABLE } from '../mm/tile.ts';
import { VM_IO, VM_PFNMAP, VM_READ, VM_WRITE } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/**
 * MADV_POPULATE_READ and MADV_POPULATE_WRITE: faults every page in. EINVAL: the VMA does not allow it; EFAULT: past the
 * end of a file, or a guard; ENOMEM: no room.
 */
export function populateRange(
  process: SimulatedProcess,
  vma: Vma,
  start: number,
  end: number,
  write: boolean,
): Vma | number {
  if ((vma.flags & (VM_IO | VM_PFNMAP)) !== 0) return EINVAL;
  if ((vma.flags & (write ? VM_WRITE : VM_READ)) === 0) return EINVAL;
  for (let page = start; page < end; page++) {
    const signal = faultIn(process, page, write);
    if (signal !== null) return signal === 'SIGKILL' ? ENOMEM : EFAULT;
    page = touchHuge(process, page, write) - 1;
  }
  return process.vmas.lookup(start) ?? ENOMEM;
}

/**
 * faultin_page() of get_user_pages(): makes the page present, and writable where `write`. Unlike an access it leaves the
 * D bit of an entry that is writable already. The VMA must allow it.
 */
export function faultIn(process: SimulatedProcess, page: number, write: boolean): Signal | null {
  const tile = process.table.find(page);
  if (tile !== null && (tile.entry(page - tile.base) & (write ? WRITABLE : PRESENT)) !== 0) return null;
  const vma = process.vmas.lookup(page);
  return vma === null ? 'SIGSEGV' : handleFault(process, vma, page, write);
}

/** touch_pmd(): FOLL_TOUCH makes a huge page young, and dirty for a write: soft-dirty with it. Returns the page after it. */
function touchHuge(process: SimulatedProcess, page: number, write: boolean): number {
  const tile = process.table.find(page);
  if (tile === null || tile.huge === 0) return page + 1;
  const flags = tile.huge | ACCESSED | (write ? DIRTY | SOFT : 0);
  if (flags !== tile.huge) setHuge(process, tile, flags);
  return tile.end;
}
