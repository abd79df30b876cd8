import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { PAGE_IS } from '../syscalls/constants.ts';
import type { PagemapScan, ScanQuery } from '../tracking/pagemap-scan.ts';
import { RegionList } from '../tracking/region-list.ts';

const { WPALLOWED, FILE, PRESENT, SWAPPED, PFNZERO, HUGE } = PAGE_IS;

const ENTRIES: ScanQuery = {
  mask: 0,
  inverted: 0,
  anyOf: PRESENT | SWAPPED,
  returned: WPALLOWED | FILE | PRESENT | SWAPPED | PFNZERO | HUGE,
};

/**
 * State of a tile that was a huge page. `split`: a huge page again costs no more memory; `tracked`: registered with a
 * userfaultfd, so the kernel collapses nothing there; `changed`: given back, unmapped or swapped in part.
 */
export type TileState = 'huge' | 'split' | 'tracked' | 'changed';

const list = new RegionList(PAGES_PER_TILE);

/** Throws SyscallError once the address space no longer exists. */
export function tileState(pagemap: PagemapScan, tile: number): TileState {
  const start = tile * PAGES_PER_TILE;
  list.clear();
  pagemap.scan(ENTRIES, 0, start, start + PAGES_PER_TILE, list);
  let all = PRESENT | FILE;
  let any = 0;
  for (let i = 0; i < list.count; i++) {
    all &= list.categories(i);
    any |= list.categories(i);
  }
  if (list.count === 0) return 'changed';
  if ((any & WPALLOWED) !== 0) return 'tracked';
  if ((any & HUGE) !== 0) return 'huge';
  // A huge page of a file stays one in the page cache; only its entries are gone, and come back one by one.
  if ((all & FILE) !== 0) return 'split';
  const whole = list.pages === PAGES_PER_TILE && (all & PRESENT) !== 0;
  return whole && (any & (SWAPPED | PFNZERO | FILE)) === 0 ? 'split' : 'changed';
}
