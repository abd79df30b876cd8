import { PAGE_SIZE, PAGES_PER_TILE } from '#shared/memory/page.ts';
import { tryCall } from '../syscalls/call.ts';
import { MADV, SYS } from '../syscalls/constants.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';

let vector: NativeBuffer | undefined;

/**
 * process_madvise(MADV_COLLAPSE) of one tile of the process behind `pidfd`: 0 once it is a huge page, even if it was one
 * before, or a negative errno. mm/madvise.c and mm/khugepaged.c, madvise_collapse:
 *
 * - EPERM: needs CAP_SYS_NICE; EACCES: needs the right to read it (PTRACE_MODE_READ)
 * - EINVAL: no room for a huge page, registered with a userfaultfd, or a kernel before 6.1
 * - ENOMEM: no free huge page; EBUSY, EAGAIN: pages that are in use now
 *
 * The kernel holds mmap_lock for writing while it copies these 2 MiB.
 */
export function tryCollapse(pidfd: number, tile: number): number {
  const iov = (vector ??= new NativeBuffer(16));
  const bytes = PAGES_PER_TILE * PAGE_SIZE;
  iov.u64[0] = BigInt(tile) * BigInt(bytes);
  iov.u64[1] = BigInt(bytes);
  const result = tryCall(SYS.process_madvise, pidfd, iov.address, 1, MADV.COLLAPSE, 0);
  return result < 0 ? result : 0;
}
