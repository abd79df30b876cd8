/** The bits of a /proc/PID/pagemap entry (Documentation/admin-guide/mm/pagemap.rst). */
export interface PagemapBit {
  readonly bit: number;
  readonly name: string;
  readonly meaning: string;
}

export const PAGEMAP_BITS: readonly PagemapBit[] = [
  { bit: 63, name: 'present', meaning: 'the page is in memory' },
  { bit: 62, name: 'swap', meaning: 'the page is in swap' },
  { bit: 61, name: 'file', meaning: 'page of a file or of shared memory' },
  { bit: 58, name: 'guard', meaning: 'guard region' },
  { bit: 57, name: 'uffd-wp', meaning: 'write-protected by userfaultfd' },
  { bit: 56, name: 'exclusive', meaning: 'mapped by this entry alone' },
  { bit: 55, name: 'soft-dirty', meaning: 'written since the last clear' },
];

const LOW_55 = (1n << 55n) - 1n;

export interface PagemapEntry {
  /** Numbers of the bits of PAGEMAP_BITS that are set. */
  readonly bits: readonly number[];
  /** Page frame number of a present page; null where there is none, 0 where the kernel hides it. */
  readonly pfn: bigint | null;
  /** Where a swapped page is. */
  readonly swap: { readonly type: number; readonly offset: bigint } | null;
}

export function decodePagemap(entry: bigint): PagemapEntry {
  const has = (bit: number): boolean => ((entry >> BigInt(bit)) & 1n) === 1n;
  const low = entry & LOW_55;
  return {
    bits: PAGEMAP_BITS.map(({ bit }) => bit).filter(has),
    pfn: has(63) && !has(62) ? low : null,
    swap: has(62) ? { type: Number(low & 31n), offset: low >> 5n } : null,
  };
}
