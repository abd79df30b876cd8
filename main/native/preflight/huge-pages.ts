import { closeSync, openSync } from 'node:fs';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { isHugetlb } from '../huge/huge-gate.ts';
import { forEachMapsLine, parseMapsLine, type MapsVma } from '../process/maps.ts';
import { PAGE_IS } from '../syscalls/constants.ts';
import { PagemapScan, type ScanQuery } from '../tracking/pagemap-scan.ts';
import { RegionList } from '../tracking/region-list.ts';

/** Every page with an entry, so that the number of pages bounds every call. */
const PRESENT_OR_HUGE: ScanQuery = {
  mask: PAGE_IS.PRESENT,
  inverted: 0,
  anyOf: 0,
  returned: PAGE_IS.PRESENT | PAGE_IS.HUGE,
};

/** Pages of one call: mmap_lock is held for a tenth of a millisecond or so. */
const PAGES_PER_CALL = 16 * PAGES_PER_TILE;

/**
 * Huge pages that process `pid` has and that tracking would split; null if the kernel has no PAGEMAP_SCAN, or the
 * process may not be read. `maps`: its /proc/PID/maps.
 */
export function countHugePages(pid: number, maps: string): number | null {
  let fd: number;
  try {
    fd = openSync(`/proc/${pid}/pagemap`, 'r');
  } catch {
    return null;
  }
  try {
    const scan = new PagemapScan(fd);
    if (scan.probe(PAGE_IS.PRESENT) < 0) return null;
    const list = new RegionList();
    let pages = 0;
    forEachMapsLine(maps, (line) => {
      const vma = parseMapsLine(line);
      // Smaller ones have room for no huge page.
      if (vma.kind !== 'special' && !isHugetlb(vma) && vma.end - vma.start >= PAGES_PER_TILE) {
        pages += hugePagesIn(scan, vma, list);
      }
    });
    return pages / PAGES_PER_TILE;
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

function hugePagesIn(scan: PagemapScan, { start, end }: MapsVma, list: RegionList): number {
  let pages = 0;
  for (let at = start; at < end;) {
    list.clear();
    at = scan.step(PRESENT_OR_HUGE, 0, at, end, list, PAGES_PER_CALL);
    for (let i = 0; i < list.count; i++) {
      if ((list.categories(i) & PAGE_IS.HUGE) !== 0) pages += list.end(i) - list.start(i);
    }
  }
  return pages;
}
