/** Numbers of the Linux user-space ABI that more than one part uses. */

/** Categories of PAGEMAP_SCAN, PAGE_IS_* of include/uapi/linux/fs.h, in the order of their bits; GUARD from 6.15 on. */
export const PAGE_IS = {
  WPALLOWED: 1,
  WRITTEN: 2,
  FILE: 4,
  PRESENT: 8,
  SWAPPED: 0x10,
  PFNZERO: 0x20,
  HUGE: 0x40,
  SOFT_DIRTY: 0x80,
  GUARD: 0x100,
} as const;
export type PageCategory = keyof typeof PAGE_IS;

/** By bit number. */
export const PAGE_CATEGORIES = Object.keys(PAGE_IS) as readonly PageCategory[];
export const ALL_PAGE_CATEGORIES = (1 << PAGE_CATEGORIES.length) - 1;

/** Flags of PAGEMAP_SCAN (linux/fs.h). */
export const PM_SCAN = { WP_MATCHING: 1, CHECK_WPASYNC: 2 } as const;

/** Bit numbers of a /proc/PID/pagemap entry: PM_* of fs/proc/task_mmu.c. */
export const PM_BIT = {
  SOFT_DIRTY: 55,
  MMAP_EXCLUSIVE: 56,
  UFFD_WP: 57,
  GUARD_REGION: 58,
  FILE: 61,
  SWAP: 62,
  PRESENT: 63,
} as const;
