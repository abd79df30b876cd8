import { PAGE_SIZE, pageOfAddress } from '#shared/memory/page.ts';
import { EFAULT, EINVAL, EIO } from '../mm/errno.ts';
import { postedIoctl } from './ioctl-posted.ts';
import { PageRuns } from '../mm/page-runs.ts';
import type { SimulatedProcess } from '../process.ts';
import { softDirty, type SoftDirtyOp } from './soft-dirty.ts';

/** struct pagemap_sd_args, as the caller has filled it: any bits, good or bad. */
export interface IoctlArguments {
  /** `BAD` is an unknown command. */
  readonly command: SoftDirtyOp | 'BAD';
  /** Byte address. */
  readonly start: bigint;
  /** Bytes; the ABI's int: what does not fit it reads as negative. */
  readonly len: bigint;
  /** Places in vec; the ABI's int. */
  readonly vecLen: number;
  readonly flags: number;
  /** Where vec points, if not to a good buffer; `badarg`: the argument block itself cannot be read. */
  readonly vec?: 'null' | 'kernel' | 'unmapped' | 'readonly' | 'badarg';
  /** Page whose PMD entry is unstable while the walk passes. */
  readonly unstable?: number;
}

export interface IoctlResult {
  /** Entries in vec, 0 for CLEAR, or a negative error number. */
  readonly ret: number;
  readonly runs: PageRuns;
  /** Posted mode: which defects showed, `B1` … `B12`. */
  readonly defects: readonly string[];
  /** Posted mode: the code would have run off a table or a buffer for ever, and was stopped. */
  readonly crash?: string;
}

export const INT_MAX = 0x7fffffff;
/** Kernel addresses begin here: no user pointer may. */
const KERNEL_VEC = 0xffff_8000_0000_0000n;
const LOW_VEC = 0x10000n;

export function ioctlFailure(ret: number, defects: readonly string[] = []): IoctlResult {
  return { ret, runs: new PageRuns(), defects };
}

/** The address that vec has; a good buffer is anywhere. */
export function vecAddress(args: IoctlArguments): bigint {
  if (args.vec === 'null') return 0n;
  return args.vec === 'kernel' ? KERNEL_VEC : LOW_VEC;
}

/**
 * ioctl() on /proc/PID/pagemap, with the ABI's checks in the order of the patch; then the operation. A vec that cannot
 * be written is found out last: EIO after the operation took effect, and what it found is lost (defect B11, kept).
 */
export function pagemapIoctl(process: SimulatedProcess, args: IoctlArguments): IoctlResult {
  if (args.command === 'BAD') return ioctlFailure(EINVAL);
  if (args.vec === 'badarg') return ioctlFailure(EFAULT);
  if (process.machine.options.mode === 'posted') return postedIoctl(process, args);
  const { start, len, vecLen, flags, command } = args;
  const limit = BigInt(process.machine.taskPages) * BigInt(PAGE_SIZE);
  if (start % BigInt(PAGE_SIZE) !== 0n || len < 0n || len > BigInt(INT_MAX)) return ioctlFailure(EINVAL);
  const rounded = roundUp(len);
  if (start < 0n || start + rounded > limit || (flags !== 0 && flags !== 1)) return ioctlFailure(EINVAL);
  if (command !== 'CLEAR') {
    const vec = vecAddress(args);
    const good = vecLen > 0 && vecLen <= INT_MAX && vec !== 0n && vec + BigInt(vecLen) * 8n <= limit;
    if (!good) return ioctlFailure(EINVAL);
  }
  const { ret, runs } = softDirty(process, {
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
