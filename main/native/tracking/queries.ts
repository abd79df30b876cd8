import { PAGE_IS } from '../syscalls/constants.ts';
import type { ScanQuery } from './pagemap-scan.ts';

const { WPALLOWED, WRITTEN, FILE, PRESENT, SWAPPED, PFNZERO, HUGE, GUARD } = PAGE_IS;

/**
 * Written pages of private anonymous mappings: registered, with an entry in the page table, not the shared zero page, no
 * guard. Requiring an entry keeps holes out, which count as written too; clearing them would build page tables in the
 * program. HUGE is returned because the next write to a huge page that is cleared splits it.
 */
export const PRIVATE_WRITTEN: ScanQuery = {
  mask: WPALLOWED | WRITTEN | PFNZERO | GUARD,
  inverted: PFNZERO | GUARD,
  anyOf: PRESENT | SWAPPED,
  returned: WRITTEN | HUGE,
};

/**
 * The same where files are mapped: a page of the file itself is not written (a write to one makes it anonymous). To
 * answer that the kernel reads the struct page behind every entry, which takes seven times as long in a large area.
 */
export const PRIVATE_FILE_WRITTEN: ScanQuery = {
  ...PRIVATE_WRITTEN,
  mask: PRIVATE_WRITTEN.mask | FILE,
  inverted: PRIVATE_WRITTEN.inverted | FILE,
};

/**
 * Written pages of shared mappings, where holes are protected too: a page that another process wrote and that is only
 * read here enters the page table protected. This exact form takes the kernel's fast path, the only one in which
 * every version sees an entry that was written and then dropped by reclaim.
 */
export const SHARED_WRITTEN: ScanQuery = { mask: WRITTEN, inverted: 0, anyOf: 0, returned: WRITTEN };

/** Where they are not: pages that were touched since the last clear, by writing or reading. */
export const SHARED_TOUCHED: ScanQuery = {
  mask: WPALLOWED | WRITTEN | GUARD,
  inverted: GUARD,
  anyOf: PRESENT,
  returned: WRITTEN | HUGE,
};

/** Pages with an entry in VMAs that are not registered: new mappings, and those that are compared. */
export const UNREGISTERED: ScanQuery = {
  mask: WPALLOWED,
  inverted: WPALLOWED,
  anyOf: PRESENT | SWAPPED,
  returned: PRESENT | SWAPPED | FILE | PFNZERO | HUGE | GUARD,
};

/** Anything in a VMA that is not registered, holes included. */
export const UNREGISTERED_ANY: ScanQuery = {
  mask: WPALLOWED,
  inverted: WPALLOWED,
  anyOf: 0,
  returned: PRESENT,
};

/** Anything in a registered VMA, by any userfaultfd. */
export const REGISTERED_ANY: ScanQuery = { mask: WPALLOWED, inverted: 0, anyOf: 0, returned: WPALLOWED };

/** Pages with an entry, with their categories. */
export const STATE: ScanQuery = {
  mask: 0,
  inverted: 0,
  anyOf: PRESENT | SWAPPED,
  returned: PRESENT | SWAPPED | PFNZERO | HUGE | GUARD,
};

export const PRESENT_PAGES: ScanQuery = { mask: PRESENT, inverted: 0, anyOf: 0, returned: PRESENT };

/** Huge pages, and all of hugetlb mappings. */
export const HUGE_PAGES: ScanQuery = { mask: HUGE, inverted: 0, anyOf: 0, returned: HUGE };

/** Every page with an entry, registered or not. */
export const ENTRIES: ScanQuery = {
  mask: 0,
  inverted: 0,
  anyOf: PRESENT | SWAPPED,
  returned: PRESENT | HUGE,
};
