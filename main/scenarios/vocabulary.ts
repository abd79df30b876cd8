/** The words that a scenario's fields may have. */

/** `documented`: as in the patch's documentation; `posted`: as PATCH v2's code does, defects included. */
export const MODES = ['documented', 'posted'] as const;

/** /sys/kernel/mm/transparent_hugepage/enabled. */
export const THP_MODES = ['always', 'madvise', 'never'] as const;

/** `sticky-merge`: a merge keeps VM_SOFTDIRTY if any part had it (Linux since 2026); `linux-6.1`: it is overwritten. */
export const KERNEL_PROFILES = ['linux-6.1', 'sticky-merge'] as const;

/** The letters r, w and x in this order, or `none`. */
export const PROTECTIONS = ['none', 'r', 'rw', 'rx', 'rwx', 'w', 'wx', 'x'] as const;
export type Protection = (typeof PROTECTIONS)[number];

/**
 * `file-*`: one memfd a scenario; `special`: VM_PFNMAP, as a device maps its memory (present at once, no faults);
 * `hugetlb`: private anonymous MAP_HUGETLB of 2 MiB pages (address and length must be multiples of it).
 */
export const MAP_KINDS = [
  'anon-private',
  'anon-shared',
  'file-private',
  'file-shared',
  'special',
  'hugetlb',
] as const;
export type MapKind = (typeof MAP_KINDS)[number];

/** `noreplace`: MAP_FIXED_NOREPLACE (the default); `fixed`: MAP_FIXED; `hint`: at `addr` if free, else top-down from 0x7ffff7fff000. */
export const PLACES = ['noreplace', 'fixed', 'hint'] as const;
export type Place = (typeof PLACES)[number];

export const ADVICES = [
  'hugepage',
  'nohugepage',
  'dontneed',
  'free',
  'pageout',
  'populate_read',
  'populate_write',
  'collapse',
  'guard_install',
  'guard_remove',
] as const;
export type Advice = (typeof ADVICES)[number];

export const IOCTL_COMMANDS = ['GET', 'CLEAR', 'GET_AND_CLEAR', 'BAD'] as const;
export type IoctlCommand = (typeof IOCTL_COMMANDS)[number];

/** Where `vec` points; absent: a good buffer. `kernel` 0xffff800000000000, `unmapped` 0x10000, `badarg`: the argument block itself is unreadable. */
export const VEC_PLACES = ['null', 'kernel', 'unmapped', 'readonly', 'badarg'] as const;
