import type { PageRange } from '#shared/memory/range.ts';
import type { HugePolicy } from '#shared/source/backend.ts';
import type { MapsVma } from '../process/maps.ts';
import { PAGE_IS } from '../syscalls/constants.ts';
import type { ScanQuery } from '../tracking/pagemap-scan.ts';
import { RegionList } from '../tracking/region-list.ts';

const HUGE_PAGES: ScanQuery = {
  mask: PAGE_IS.HUGE | PAGE_IS.WPALLOWED,
  inverted: PAGE_IS.WPALLOWED,
  anyOf: 0,
  returned: PAGE_IS.HUGE,
};

/** Maximum pages of compared mappings with huge pages, 128 MiB: some 15 ms a sample. */
const MAX_COMPARED_PAGES = 32_768;

/** The used part of a scan. */
interface Scan {
  scan(query: ScanQuery, flags: number, start: number, end: number, out: RegionList, maxPages: number): void;
}

/**
 * Which mappings are not to be registered, since they have huge pages that would be split. Decided when a mapping is seen
 * first; one that is registered already stays registered.
 */
export class HugeGate {
  private readonly policy: HugePolicy;
  private readonly pagemap: Scan;
  private readonly found = new RegionList(1);
  /** Pages of the mappings that are compared, by their first page. */
  private readonly compared = new Map<number, number>();

  constructor(policy: HugePolicy, pagemap: Scan) {
    this.policy = policy;
    this.pagemap = pagemap;
  }

  /** Whether `vma`, or its unregistered part, may be registered. */
  admits(vma: MapsVma): boolean {
    // Pages of hugetlbfs cannot be split.
    if (this.policy === 'split' || vma.kind === 'special' || isHugetlb(vma)) return true;
    return !this.hasHugePages(vma);
  }

  /** Whether `vma`, which is not to be registered, is compared instead: as was selected, within a bound. */
  compares(vma: MapsVma): boolean {
    if (this.policy !== 'compare') return false;
    this.compared.delete(vma.start);
    const others = [...this.compared.values()].reduce((sum, pages) => sum + pages, 0);
    if (others + vma.end - vma.start > MAX_COMPARED_PAGES) return false;
    this.compared.set(vma.start, vma.end - vma.start);
    return true;
  }

  private hasHugePages({ start, end }: PageRange): boolean {
    this.found.clear();
    this.pagemap.scan(HUGE_PAGES, 0, start, end, this.found, 1);
    return this.found.count > 0;
  }
}

/** Pages of hugetlbfs: not transparent, never split. */
export const isHugetlb = ({ name }: MapsVma): boolean =>
  name.startsWith('/anon_hugepage') || name.startsWith('/dev/hugepages');
