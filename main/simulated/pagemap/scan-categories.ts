import { PAGE_IS } from '#shared/memory/uapi.ts';
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

/** pagemap_page_category(): of an entry with these flags. What is not write-protected counts as written, holes too. */
export function categoriesOf(flags: number): number {
  let categories = (flags & UFFD_WP) === 0 ? PAGE_IS.WRITTEN : 0;
  if ((flags & SOFT) !== 0) categories |= PAGE_IS.SOFT_DIRTY;
  if ((flags & PRESENT) !== 0) {
    categories |= PAGE_IS.PRESENT;
    if ((flags & FILE) !== 0) categories |= PAGE_IS.FILE;
    if ((flags & ZERO) !== 0) categories |= PAGE_IS.PFNZERO;
    return categories;
  }
  // Markers are swap entries too.
  if ((flags & (SWAP | GUARD | UFFD_WP)) !== 0) categories |= PAGE_IS.SWAPPED;
  return (flags & GUARD) !== 0 ? categories | PAGE_IS.GUARD : categories;
}

/** pagemap_thp_category(). */
export function hugeCategories(flags: number): number {
  return categoriesOf(flags) | PAGE_IS.HUGE;
}

interface CategoryMasks {
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
    case PAGE_IS.WRITTEN:
      return ~words[AT_UFFD_WP + word];
    case PAGE_IS.FILE:
      return words[AT_FILE + word] & words[AT_PRESENT + word];
    case PAGE_IS.PRESENT:
      return words[AT_PRESENT + word];
    case PAGE_IS.SWAPPED:
      return (
        words[AT_SWAP + word] |
        words[AT_GUARD + word] |
        (words[AT_UFFD_WP + word] & ~words[AT_PRESENT + word])
      );
    case PAGE_IS.PFNZERO:
      return words[AT_ZERO + word] & words[AT_PRESENT + word];
    case PAGE_IS.SOFT_DIRTY:
      return words[AT_SOFT + word];
    case PAGE_IS.GUARD:
      return words[AT_GUARD + word];
    default:
      return 0;
  }
}
