import { pageOfAddress, pagesOfBytes, USER_PAGES_4_LEVEL } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { invalidArgument } from '#shared/source/operation-arguments.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { OperationRequest, OperationSuccess } from '#shared/source/operation.ts';
import type { RegionList } from './tracking/region-list.ts';

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

/** The reply for the pages in `list`, all of them written, in an operation on `range` that returns at most `vecLen` of them. */
export function reported(
  list: RegionList,
  vecLen: number,
  range: PageRange,
): Pick<OperationSuccess, 'ok' | 'ret' | 'runs' | 'next'> {
  const ret = list.pages;
  const last = list.count > 0 ? list.end(list.count - 1) : 0;
  return {
    ok: true,
    ret,
    runs: list.toRuns(),
    next: ret > 0 && ret >= vecLen && last < range.end ? last : null,
  };
}

/** A note where memory of `range` cannot be tracked. */
export function untrackedNotes(vmas: readonly Vma[], range: PageRange): readonly string[] {
  const untracked = vmas.filter((v) => !v.tracked && v.start < range.end && v.end > range.start).length;
  if (untracked === 0) return [];
  return [`${untracked} VMAs of this range cannot be tracked; see the table for the reasons.`];
}
