import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { ScanQuery } from './pagemap-scan.ts';
import { PRIVATE_FILE_WRITTEN, PRIVATE_WRITTEN, SHARED_TOUCHED, SHARED_WRITTEN } from './queries.ts';

/** Shared mappings up to this size get their holes protected: 8 bytes of page table a page, 2 MiB here. */
export const MOST_SHARED_PAGES = 2 ** 18;

/** Asking so much anonymous memory the cheaper question saves more than the scan of its own takes. */
const LARGE_PAGES = 256;

/** A part of the address space that one scan answers for. */
export interface Segment extends PageRange {
  readonly query: ScanQuery;
  /** It is this shared VMA; null where private ones are, and what lies between. */
  readonly shared: Vma | null;
}

export const isShared = (vma: Pick<Vma, 'kind'>) => vma.kind === 'anon-shared' || vma.kind === 'file-shared';

/**
 * Cuts the whole address space into as few scans as answer exactly and cheaply: each tracked shared VMA by itself; private
 * anonymous VMAs that follow each other, where they are large together, apart from private file mappings.
 */
export function segmentsOf(vmas: readonly Vma[]): readonly Segment[] {
  const segments: Segment[] = [];
  let start = 0;
  let query = PRIVATE_FILE_WRITTEN;
  const cut = (end: number, next: ScanQuery) => {
    if (end > start) segments.push({ start, end, query, shared: null });
    start = end;
    query = next;
  };
  const tracked = vmas.filter((vma) => vma.tracked);
  for (const [i, vma] of tracked.entries()) {
    if (isShared(vma)) {
      cut(vma.start, PRIVATE_FILE_WRITTEN);
      segments.push({ start: vma.start, end: vma.end, query: sharedQuery(vma), shared: vma });
      start = vma.end;
    } else if (vma.kind === 'file-private') {
      if (query !== PRIVATE_FILE_WRITTEN) cut(vma.start, PRIVATE_FILE_WRITTEN);
    } else if (query !== PRIVATE_WRITTEN && isLarge(tracked, i)) {
      cut(vma.start, PRIVATE_WRITTEN);
    }
  }
  cut(Infinity, PRIVATE_FILE_WRITTEN);
  return segments;
}

/** Whether the private anonymous VMAs from `i` on, up to the next of another kind, have many pages. */
function isLarge(vmas: readonly Vma[], i: number): boolean {
  let pages = 0;
  for (; i < vmas.length && vmas[i].kind !== 'file-private' && !isShared(vmas[i]); i++) {
    pages += vmas[i].end - vmas[i].start;
    if (pages >= LARGE_PAGES) return true;
  }
  return false;
}

function sharedQuery(vma: Vma): ScanQuery {
  return vma.end - vma.start <= MOST_SHARED_PAGES ? SHARED_WRITTEN : SHARED_TOUCHED;
}
