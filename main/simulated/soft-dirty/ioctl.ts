import { PAGE_SIZE, pageOfAddress } from '#shared/memory/page.ts';
import { EFAULT, EINVAL, EIO } from '../mm/errno.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import {
  INT_MAX,
  ioctlFailure,
  vecAddress,
  type IoctlArguments,
  type IoctlResult,
} from './ioctl-arguments.ts';
import { postedIoctl } from './posted-ioctl.ts';
import { softDirty } from './soft-dirty.ts';

/**
 * ioctl() on /proc/PID/pagemap, with the ABI's checks in the order of the patch; then the operation. A vec that cannot
 * be written is detected last: EIO after the operation took effect, and its result is lost (defect B11, kept).
 */
export function pagemapIoctl(mm: MmStruct, args: IoctlArguments): IoctlResult {
  if (args.command === 'BAD') return ioctlFailure(EINVAL);
  if (args.vec === 'badarg') return ioctlFailure(EFAULT);
  if (mm.memory.options.mode === 'posted') return postedIoctl(mm, args);
  const { start, len, vecLen, flags, command } = args;
  const limit = BigInt(mm.memory.taskPages) * BigInt(PAGE_SIZE);
  if (start % BigInt(PAGE_SIZE) !== 0n || len < 0n || len > BigInt(INT_MAX)) return ioctlFailure(EINVAL);
  const rounded = roundUp(len);
  if (start < 0n || start + rounded > limit || (flags !== 0 && flags !== 1)) return ioctlFailure(EINVAL);
  if (command !== 'CLEAR') {
    const vec = vecAddress(args);
    const good = vecLen > 0 && vecLen <= INT_MAX && vec !== 0n && vec + BigInt(vecLen) * 8n <= limit;
    if (!good) return ioctlFailure(EINVAL);
  }
  const { ret, runs } = softDirty(mm, {
    op: command,
    page: pageOfAddress(start),
    pages: Number(rounded / BigInt(PAGE_SIZE)),
    vecLen,
    noReused: (flags & 1) !== 0,
  });
  if (ret > 0 && (args.vec === 'unmapped' || args.vec === 'readonly')) return ioctlFailure(EIO);
  return { ret, runs, defects: [] };
}

function roundUp(bytes: bigint): bigint {
  return (bytes + BigInt(PAGE_SIZE - 1)) & ~BigInt(PAGE_SIZE - 1);
}
