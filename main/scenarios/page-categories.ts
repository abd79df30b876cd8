/** PAGE_IS_* of include/uapi/linux/fs.h, by bit position. */
export const PAGE_CATEGORIES = [
  'WPALLOWED',
  'WRITTEN',
  'FILE',
  'PRESENT',
  'SWAPPED',
  'PFNZERO',
  'HUGE',
  'SOFT_DIRTY',
  'GUARD',
] as const;
export type PageCategory = (typeof PAGE_CATEGORIES)[number];
