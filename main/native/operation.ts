import { PAGE_SIZE, USER_PAGES_4_LEVEL, pageOfAddress, pagesOfBytes } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { NO_REUSED_REGIONS, type OperationRequest } from '#shared/source/operation.ts';

/** Why a request is refused, in the ioctl's terms. */
export interface Refusal {
  readonly errno: string;
  readonly message: string;
}

const END_OF_USER_SPACE = BigInt(USER_PAGES_4_LEVEL) * BigInt(PAGE_SIZE);

/**
 * The pages that a request is about, or why it is refused: the checks of the documented soft-dirty ioctl, in its order,
 * with 64-bit lengths. `lastPage`: end of the highest mapping, which is above the usual limit on machines with LA57.
 */
export function checkOperation(request: OperationRequest, lastPage: number): PageRange | Refusal {
  const { op, start, len, vecLen, flags } = request;
  const limit = BigInt(lastPage) * BigInt(PAGE_SIZE);
  const end = limit > END_OF_USER_SPACE ? limit : END_OF_USER_SPACE;
  if (start % BigInt(PAGE_SIZE) !== 0n) return invalid('The start is not page-aligned.');
  if (len < 0n) return invalid('The length is negative.');
  const pages = pagesOfBytes(len);
  if (start + BigInt(pages) * BigInt(PAGE_SIZE) > end) {
    return invalid('The range ends beyond the address space.');
  }
  if (op !== 'CLEAR' && vecLen <= 0) return invalid('vec_len must be above 0.');
  if ((flags & ~NO_REUSED_REGIONS) !== 0) {
    return invalid(
      `Unknown flags 0x${(flags & ~NO_REUSED_REGIONS).toString(16)}; only NO_REUSED_REGIONS (1) is valid.`,
    );
  }
  if (len === 0n) return invalid('The range is empty.');
  const first = pageOfAddress(start);
  return { start: first, end: first + pages };
}

function invalid(message: string): Refusal {
  return { errno: 'EINVAL', message };
}
