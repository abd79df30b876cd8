import {
  AT_FILE,
  AT_GUARD,
  AT_PRESENT,
  AT_SOFT,
  AT_SWAP,
  AT_UFFD_WP,
  AT_ZERO,
  FILE,
  GUARD,
  PRESENT,
  SOFT,
  SWAP,
  UFFD_WP,
  ZERO,
  type Tile,
} from '../mm/tile.ts';

/** Categories of PAGEMAP_SCAN (include/uapi/linux/fs.h). */
export const PAGE_IS_WPALLOWED = 1 << 0;
export const PAGE_IS_WRITTEN = 1 << 1;
export const PAGE_IS_FILE = 1 << 2;
export const PAGE_IS_PRESENT = 1 << 3;
export const PAGE_IS_SWAPPED = 1 << 4;
export const PAGE_IS_PFNZERO = 1 << 5;
export const PAGE_IS_HUGE = 1 << 6;
export const PAGE_IS_SOFT_DIRTY = 1 << 7;
export const PAGE_IS_GUARD = 1 << 8;
export const ALL_CATEGORIES = (1 << 9) - 1;

/** pagemap_page_category(): of an entry with these flags. What is not write-protected counts as written, holes too. */
export function categoriesOf(flags: number): number {
  let categories = (flags & UFFD_WP) === 0 ? PAGE_IS_WRITTEN : 0;
  if ((flags & SOFT) !== 0) categories |= PAGE_IS_SOFT_DIRTY;
  if ((flags & PRESENT) !== 0) {
    categories |= PAGE_IS_PRESENT;
    if ((flags & FILE) !== 0) categories |= PAGE_IS_FILE;
    if ((flags & ZERO) !== 0) categories |= PAGE_IS_PFNZERO;
    return categories;
  }
  // Markers are swap entries too.
  if ((flags & (SWAP | GUARD | UFFD_WP)) !== 0) categories |= PAGE_IS_SWAPPED;
  return (flags & GUARD) !== 0 ? categories | PAGE_IS_GUARD : categories;
}

/** pagemap_thp_category(). */
export function hugeCategories(flags: number): number {
  return categoriesOf(flags) | PAGE_IS_HUGE;
}

export interface CategoryMasks {
  readonly inverted: number;
  readonly mask: number;
  readonly anyof: number;
}

/** Those of the 32 entries of a word whose categories match, as bits. */
export function interestingWord(tile: Tile, word: number, common: number, masks: CategoryMasks): number {
  let all = -1;
  let any = masks.anyof === 0 ? -1 : 0;
  for (let rest = masks.mask | masks.anyof; rest !== 0; rest &= rest - 1) {
    const category = rest & -rest;
    let plane = (common & category) !== 0 ? -1 : categoryWord(tile, word, category);
    if ((masks.inverted & category) !== 0) plane = ~plane;
    if ((masks.mask & category) !== 0) all &= plane;
    if ((masks.anyof & category) !== 0) any |= plane;
  }
  return all & any;
}

/** Which entries of a word have one category. */
function categoryWord(tile: Tile, word: number, category: number): number {
  const { words } = tile;
  switch (category) {
    case PAGE_IS_WRITTEN:
      return ~words[AT_UFFD_WP + word];
    case PAGE_IS_FILE:
      return words[AT_FILE + word] & words[AT_PRESENT + word];
    case PAGE_IS_PRESENT:
      return words[AT_PRESENT + word];
    case PAGE_IS_SWAPPED:
      return (
        words[AT_SWAP + word] |
        words[AT_GUARD + word] |
        (words[AT_UFFD_WP + word] & ~words[AT_PRESENT + word])
      );
    case PAGE_IS_PFNZERO:
      return words[AT_ZERO + word] & words[AT_PRESENT + word];
    case PAGE_IS_SOFT_DIRTY:
      return words[AT_SOFT + word];
    case PAGE_IS_GUARD:
      return words[AT_GUARD + word];
    default:
      return 0;
  }
}
