import type { PageRange } from '#shared/memory/range.ts';
import { PAGE_IS } from '../../syscalls/constants.ts';
import { PagemapScan, type ScanQuery } from '../../tracking/pagemap-scan.ts';
import { STATE } from '../../tracking/queries.ts';
import type { RegionList } from '../../tracking/region-list.ts';

/** Answers PAGEMAP_SCAN's queries with the interfaces that this kernel has. Read-only. */
export interface PageReader {
  /** Whether PFNZERO is the shared zero page; otherwise a page that may be it. */
  readonly knowsZeroPages: boolean;

  /**
   * Appends the runs of pages `start` … `end` - 1 that match `query` to `out`. A query must ask for something that a
   * hole outside of every VMA does not have.
   */
  read(query: ScanQuery, start: number, end: number, out: RegionList): void;

  /**
   * Does slow work before `read`, in pieces of some milliseconds, yielding in between: for at most about
   * `budgetMs` if `read` works without the rest. Rejects when `signal` is aborted.
   */
  prepare?(budgetMs?: number, signal?: AbortSignal): Promise<void>;

  /** The soft-dirty bits were cleared after the last `read`. */
  cleared?(): void;
}

/** Appends the state of the pages of `range` to `out`; without PFNZERO if the reader does not know zero pages. */
export function readState(reader: PageReader, range: PageRange, out: RegionList): void {
  const returned = reader.knowsZeroPages ? STATE.returned : STATE.returned & ~PAGE_IS.PFNZERO;
  reader.read({ ...STATE, returned }, range.start, range.end, out);
}

/** Uses PAGEMAP_SCAN (Linux 6.7): holes of any size cost nothing. */
export class ScanReader implements PageReader {
  readonly knowsZeroPages = true;
  private readonly scan: PagemapScan;

  private constructor(scan: PagemapScan) {
    this.scan = scan;
  }

  /** Null if the kernel has no PAGEMAP_SCAN, or does not know `category`. `pagemap` is an open file. */
  static open(pagemap: number, category: number = PAGE_IS.PRESENT): ScanReader | null {
    const scan = new PagemapScan(pagemap);
    return scan.probe(category) < 0 ? null : new ScanReader(scan);
  }

  read(query: ScanQuery, start: number, end: number, out: RegionList): void {
    this.scan.scan(query, 0, start, end, out);
  }
}
