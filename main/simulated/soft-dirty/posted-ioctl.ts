import { PAGE_SIZE, pageOfAddress } from '#shared/memory/page.ts';
import { EINVAL, EIO, ENOMEM } from '../mm/errno.ts';
import {
  INT_MAX,
  ioctlFailure,
  vecAddress,
  type IoctlArguments,
  type IoctlResult,
} from './ioctl-arguments.ts';
import { PostedScan } from './posted-scan.ts';
import type { MmStruct } from '../mm/mm-struct.ts';

/** Bytes of one entry of vec. */
const OFFSET_BYTES = 8;

/**
 * The ioctl as the code of PATCH v2 does it, its defects included: an overrun of a buffer or a table is reported and
 * ends the call; it is never carried out.
 */
export function postedIoctl(mm: MmStruct, args: IoctlArguments): IoctlResult {
  if (args.command === 'BAD') return ioctlFailure(EINVAL);
  const { start, len, vecLen, flags, command } = args;
  const get = command !== 'CLEAR';
  const limit = BigInt(mm.memory.taskPages) * BigInt(PAGE_SIZE);
  const signs = len < 0n || len > BigInt(INT_MAX) || (get && (vecLen < 0 || vecLen > INT_MAX)) ? ['B9'] : [];
  if (start % BigInt(PAGE_SIZE) !== 0n || len < 0n || len > BigInt(INT_MAX))
    return ioctlFailure(EINVAL, signs);
  if (start < 0n || start + len > limit) return ioctlFailure(EINVAL, signs);
  if (get) {
    const vec = vecAddress(args);
    // Only vec_len bytes are checked, not vec_len entries.
    const good = vecLen > 0 && vecLen <= INT_MAX && vec !== 0n && vec + BigInt(vecLen) <= limit;
    if (!good) return ioctlFailure(EINVAL, signs);
    if (vecLen * OFFSET_BYTES > mm.memory.options.memoryPages * PAGE_SIZE) return ioctlFailure(ENOMEM);
  }
  const unknown = (flags & ~1) === 0 ? [] : ['B8'];
  if (len === 0n) return ioctlFailure(EINVAL, unknown);
  const request = {
    op: command,
    page: pageOfAddress(start),
    pages: Number(len / BigInt(PAGE_SIZE)),
    ragged: len % BigInt(PAGE_SIZE) !== 0n,
    vecLen,
    noReused: (flags & 1) !== 0,
    unstable: args.unstable ?? null,
  };
  const scan = new PostedScan(mm, request);
  for (const defect of unknown) scan.defects.add(defect);
  const ret = mm.call(command, request, () => scan.run());
  const lost = ret > 0 && (args.vec === 'unmapped' || args.vec === 'readonly');
  if (lost && command === 'GET_AND_CLEAR') scan.defects.add('B11');
  const defects = [...scan.defects].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  if (mm.events.active) {
    for (const id of defects) mm.events.emit({ type: 'defect', id });
  }
  if (scan.crash !== null) return { ret: 0, runs: scan.runs, defects, crash: scan.crash };
  if (lost) return ioctlFailure(EIO, defects);
  if (ret < 0) return ioctlFailure(ret, defects);
  return { ret, runs: scan.runs, defects };
}
