const MEANINGS: Readonly<Record<string, string>> = {
  P: 'present',
  RW: 'writable',
  US: 'user access',
  A: 'accessed',
  D: 'dirty',
  PS: 'maps a huge page of 2 MiB',
  SD: 'soft-dirty',
  NX: 'no execute',
  'UFFD-WP': 'write-protected by userfaultfd',
  PROTNONE: 'present, but not accessible',
  SWAP: 'the page is in swap',
  GUARD: 'guard marker: access ends the program',
  FILE: 'page of a file or of shared memory',
  EXCLUSIVE: 'mapped by this entry alone',
  ZERO: 'the zero page, which all programs share',
  PINNED: 'pinned: a device may write to it',
  'LAZY-FREE': 'MADV_FREE: may be dropped while it is clean',
};

/** All flags with their meaning, in the order of the bits. */
export const FLAG_MEANINGS: readonly (readonly [string, string])[] = Object.entries(MEANINGS);

/** What a flag of an entry means, in plain words. */
export const flagMeaning = (name: string): string => MEANINGS[name] ?? '';
