import type { Vma } from '#shared/memory/vma.ts';
import { PM_SCAN } from '../../syscalls/constants.ts';
import { promptly } from '../../syscalls/prompt-ioctl.ts';
import { type PagemapScan, PROMPT_PAGES, type ScanQuery } from '../pagemap-scan.ts';
import type { RegionList } from '../region-list.ts';
import type { Occupancy } from './occupancy.ts';
import { Pace } from './pace.ts';
import { pieceEnd } from './pieces.ts';

/**
 * PAGEMAP_SCAN in pieces. The kernel holds mmap_lock over the whole range that a scan is given, and everything in the
 * program that maps or unmaps waits for it: 8 GiB or 30,000 VMAs are 25 to 180 ms. In between the lock is released.
 */
export class BoundedScan {
  private readonly pagemap: PagemapScan;
  private readonly occupancy: Occupancy;
  private readonly vmas: () => readonly Vma[];
  /** By query and flags: each kind of query has its own cost. */
  private readonly paces = new Map<ScanQuery, readonly [read: Pace, protect: Pace]>();

  /** `vmas`: the current list, for the number of VMAs in a range. */
  constructor(pagemap: PagemapScan, occupancy: Occupancy, vmas: () => readonly Vma[]) {
    this.pagemap = pagemap;
    this.occupancy = occupancy;
    this.vmas = vmas;
  }

  /** PagemapScan.scan, whose docstring holds, but for the range as a whole: each page is still one atomic step. */
  scan(query: ScanQuery, flags: number, start: number, end: number, out: RegionList, maxPages = 0): void {
    const walk = () => this.walk(query, flags, start, end, out, maxPages, false);
    if (end - start < PROMPT_PAGES) walk();
    else promptly(walk);
  }

  /** Write-protects what matches and reports nothing; `room` is overwritten. */
  protect(query: ScanQuery, start: number, end: number, room: RegionList): void {
    room.clear();
    promptly(() => this.walk(query, PM_SCAN.WP_MATCHING, start, end, room, 0, true));
    room.clear();
  }

  private walk(
    query: ScanQuery,
    flags: number,
    start: number,
    end: number,
    out: RegionList,
    maxPages: number,
    discard: boolean,
  ): void {
    const protecting = (flags & PM_SCAN.WP_MATCHING) !== 0;
    const pace = this.paceOf(query, protecting);
    for (let from = start, left = maxPages === 0 ? Infinity : maxPages; from < end && left > 0;) {
      const piece = pieceEnd(from, end, this.vmas(), this.occupancy, pace);
      const first = out.count;
      const begin = performance.now();
      // Protecting a part of a huge page splits it, so there no number of pages may end a call but the caller's own.
      const most = Math.min(left, protecting ? Infinity : pace.pages);
      const next = this.pagemap.step(query, flags, from, piece, out, most === Infinity ? 0 : most);
      pace.note(performance.now() - begin, piece < end || next < piece);
      // Matches have pages, except holes, which cost the same each time.
      this.occupancy.add(out, first);
      if (maxPages > 0) for (let i = first; i < out.count; i++) left -= out.end(i) - out.start(i);
      if (discard) out.clear();
      from = next;
    }
  }

  private paceOf(query: ScanQuery, protecting: boolean): Pace {
    let paces = this.paces.get(query);
    if (!paces) this.paces.set(query, (paces = [new Pace(), new Pace()]));
    return paces[protecting ? 1 : 0];
  }
}
