import { pageOfAddress, pagesOfBytes, USER_PAGES_4_LEVEL } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { invalidArgument } from '#shared/source/operation-arguments.ts';
import type { OperationRequest } from '#shared/source/operation.ts';

/** Why a request is refused, in the ioctl's terms. */
export interface Refusal {
  readonly errno: string;
  readonly message: string;
}

/**
 * The pages that a request is about, or why it is refused. `lastPage`: end of the highest mapping, which is above the
 * usual limit on machines with LA57.
 */
export function checkOperation(request: OperationRequest, lastPage: number): PageRange | Refusal {
  const message = invalidArgument(request, Math.max(lastPage, USER_PAGES_4_LEVEL));
  if (message !== null) return { errno: 'EINVAL', message };
  const first = pageOfAddress(request.start);
  return { start: first, end: first + pagesOfBytes(request.len) };
}
