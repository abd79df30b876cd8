import { PageRuns } from '../mm/page-runs.ts';
import type { SoftDirtyOp } from './soft-dirty.ts';

/** struct pagemap_sd_args, as the caller has filled it, valid or not. */
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
  /** Where vec points, if not to a valid buffer; `badarg`: the argument block itself cannot be read. */
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
  /** Posted mode: how the code would have overrun a table or a buffer; the call was stopped there. */
  readonly crash?: string;
}

export const INT_MAX = 0x7fffffff;
/** Kernel addresses begin here: no user pointer may. */
const KERNEL_VEC = 0xffff_8000_0000_0000n;
const LOW_VEC = 0x10000n;

export function ioctlFailure(ret: number, defects: readonly string[] = []): IoctlResult {
  return { ret, runs: new PageRuns(), defects };
}

/** The address of vec; a valid buffer may be anywhere. */
export function vecAddress(args: IoctlArguments): bigint {
  if (args.vec === 'null') return 0n;
  return args.vec === 'kernel' ? KERNEL_VEC : LOW_VEC;
}
