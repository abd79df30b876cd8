import { pageOfAddress, pagesOfBytes } from '#shared/memory/page.ts';
import { invalidArgument } from '#shared/source/operation-arguments.ts';
import { NO_REUSED_REGIONS, type OperationRequest, type OperationResult } from '#shared/source/operation.ts';
import { EINVAL, errnoName } from '../mm/errno.ts';
import { INT_MAX, ioctlFailure, type IoctlResult } from '../soft-dirty/ioctl-arguments.ts';
import { pagemapIoctl } from '../soft-dirty/ioctl.ts';
import type { PageRuns } from '../mm/page-runs.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { softDirty } from '../soft-dirty/soft-dirty.ts';
import { describeDefect } from './defects.ts';

/** Runs an operation on the simulated process and converts its result to the contract's. */
export function operate(mm: MmStruct, request: OperationRequest): OperationResult {
  const began = performance.now();
  const { result, wide } = run(mm, request);
  const durationNs = Math.round((performance.now() - began) * 1e6);
  const notes = result.defects.map(describeDefect);
  if (wide)
    notes.push("Longer than the ioctl's int allows: run with 64-bit lengths, as a loop of calls would.");
  if (result.crash !== undefined) {
    return {
      ok: false,
      errno: 'CRASH',
      message: `The posted code would have crashed: ${result.crash}`,
      durationNs,
      notes,
    };
  }
  if (result.ret < 0) {
    const errno = errnoName(result.ret);
    return { ok: false, errno, message: errnoMessage(mm, request, errno), durationNs, notes };
  }
  const end = pageOfAddress(request.start) + pagesOfBytes(request.len);
  return {
    ok: true,
    ret: result.ret,
    runs: pairs(result.runs),
    next: resume(request, result, end),
    durationNs,
    notes,
  };
}

function run(mm: MmStruct, request: OperationRequest): { result: IoctlResult; wide: boolean } {
  const { op, start, len, vecLen, flags } = request;
  const wide = len > BigInt(INT_MAX) || (op !== 'CLEAR' && vecLen > INT_MAX);
  // The posted code keeps its ABI: the int is one of its defects.
  if (!wide || mm.memory.options.mode === 'posted') {
    return { result: pagemapIoctl(mm, { command: op, start, len, vecLen, flags }), wide: false };
  }
  if (invalidArgument(request, mm.memory.taskPages) !== null) return { result: ioctlFailure(EINVAL), wide };
  const found = softDirty(mm, {
    op,
    page: pageOfAddress(start),
    pages: pagesOfBytes(len),
    vecLen,
    noReused: flags === NO_REUSED_REGIONS,
  });
  return { result: { ...found, defects: [] }, wide };
}

function pairs(runs: PageRuns): Float64Array {
  const result = new Float64Array(runs.count * 2);
  for (let i = 0; i < runs.count; i++) {
    result[2 * i] = runs.start(i);
    result[2 * i + 1] = runs.end(i) - runs.start(i);
  }
  return result;
}

/** The page at which to resume: after the last page reported, if `vec` is full before the end of the range. */
function resume({ op, vecLen }: OperationRequest, { ret, runs }: IoctlResult, end: number): number | null {
  if (op === 'CLEAR' || ret < vecLen || runs.count === 0) return null;
  const next = runs.end(runs.count - 1);
  return next < end ? next : null;
}

function errnoMessage(mm: MmStruct, request: OperationRequest, errno: string): string {
  switch (errno) {
    case 'EINVAL':
      return invalidArgument(request, mm.memory.taskPages) ?? 'Invalid argument.';
    case 'ENOMEM':
      return 'A VMA could not be split: the process has reached max_map_count.';
    case 'EPERM':
      return 'vec was full at the end of a VMA: the call failed and its result is lost.';
    default:
      return 'The operation failed.';
  }
}
