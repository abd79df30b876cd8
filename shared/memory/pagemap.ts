import { PM_BIT } from './uapi.ts';

/** The bits of a /proc/PID/pagemap entry (Documentation/admin-guide/mm/pagemap.rst). */
interface PagemapBit {
  readonly bit: number;
  readonly name: string;
  readonly meaning: string;
}

export const PAGEMAP_BITS: readonly PagemapBit[] = [
  { bit: PM_BIT.PRESENT, name: 'present', meaning: 'the page is in memory' },
  { bit: PM_BIT.SWAP, name: 'swap', meaning: 'the page is in swap' },
  { bit: PM_BIT.FILE, name: 'file', meaning: 'page of a file or of shared memory' },
  { bit: PM_BIT.GUARD_REGION, name: 'guard', meaning: 'guard region' },
  { bit: PM_BIT.UFFD_WP, name: 'uffd-wp', meaning: 'write-protected by userfaultfd' },
  { bit: PM_BIT.MMAP_EXCLUSIVE, name: 'exclusive', meaning: 'mapped by this entry alone' },
  { bit: PM_BIT.SOFT_DIRTY, name: 'soft-dirty', meaning: 'written since the last clear' },
];

const LOW_55 = (1n << 55n) - 1n;

interface PagemapEntry {
  /** Numbers of the bits of PAGEMAP_BITS that are set. */
  readonly bits: readonly number[];
  /** Page frame number of a present page; null if there is none, 0 if the kernel hides it. */
  readonly pfn: bigint | null;
  /** Where a swapped page is. */
  readonly swap: { readonly type: number; readonly offset: bigint } | null;
}

/** Whether bit number `bit` (PM_BIT) of a pagemap entry is set. */
export const hasPagemapBit = (entry: bigint, bit: number): boolean => ((entry >> BigInt(bit)) & 1n) === 1n;

export function decodePagemap(entry: bigint): PagemapEntry {
  const has = (bit: number): boolean => hasPagemapBit(entry, bit);
  const low = entry & LOW_55;
  return {
    bits: PAGEMAP_BITS.map(({ bit }) => bit).filter(has),
    pfn: has(PM_BIT.PRESENT) && !has(PM_BIT.SWAP) ? low : null,
    swap: has(PM_BIT.SWAP) ? { type: Number(low & 31n), offset: low >> 5n } : null,
  };
}
