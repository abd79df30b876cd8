import { access } from './access.ts';
import { EFAULT, EINVAL, ENOMEM } from './errno.ts';
import type { SimulatedProcess } from './process.ts';
import { VM_IO, VM_PFNMAP, VM_READ, VM_WRITE } from './vm-flags.ts';
import type { Vma } from './vma.ts';

/**
 * MADV_POPULATE_READ and MADV_POPULATE_WRITE: faults every page in. EINVAL: the VMA does not allow it; EFAULT: past the
 * end of a file; ENOMEM: no room.
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
  const result = access(process, start, end, write);
  if (result === null) return process.vmas.lookup(start) ?? ENOMEM;
  return result.signal === 'SIGKILL' ? ENOMEM : EFAULT;
}
