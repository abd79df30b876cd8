import { PAGE_SIZE, pagesOfBytes } from '../memory/page.ts';
import { NO_REUSED_REGIONS, type OperationRequest } from './operation.ts';

/**
 * Why the documented soft-dirty ioctl refuses a request with EINVAL, in the order of its checks, with 64-bit lengths; null
 * if it does not.
 * @param endPage the end of the memory that a program can have
 */
export function invalidArgument(
  { op, start, len, vecLen, flags }: OperationRequest,
  endPage: number,
): string | null {
  if (start % BigInt(PAGE_SIZE) !== 0n) return 'The start address is not page aligned.';
  if (len < 0n) return 'The length is negative.';
  if (start + BigInt(pagesOfBytes(len)) * BigInt(PAGE_SIZE) > BigInt(endPage) * BigInt(PAGE_SIZE))
    return 'The range ends beyond the user address space.';
  if (op !== 'CLEAR' && vecLen <= 0) return 'vec_len must be at least 1.';
  const unknown = flags & ~NO_REUSED_REGIONS;
  if (unknown !== 0)
    return `Unknown flags 0x${(unknown >>> 0).toString(16)}; the only one is NO_REUSED_REGIONS, 1.`;
  return len === 0n ? 'The length is 0.' : null;
}
