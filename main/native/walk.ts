import type { Vma } from '#shared/memory/vma.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';

/** Bits of a /proc/PID/pagemap entry (Documentation/admin-guide/mm/pagemap.rst). */
const BIT = {
  softDirty: 55n,
  exclusive: 56n,
  uffdWp: 57n,
  guard: 58n,
  file: 61n,
  swapped: 62n,
  present: 63n,
};

/** Levels from the top: each takes 9 bits of the page number. P4D only exists with five levels. */
const LEVELS = ['PGD', 'PUD', 'PMD', 'PTE'] as const;

/**
 * How the hardware finds `page`: the index into each level's table. The tables themselves cannot be read from outside,
 * so the entries are unknown; `entry` is what pagemap says of the last one. `written`: whether it counts as written; `explain` says why.
 */
export function nativeWalk(
  page: number,
  entry: bigint | null,
  vma: Vma | undefined,
  written: boolean,
  explain: (entry: bigint, written: boolean) => string,
): PageWalk {
  return {
    page,
    steps: LEVELS.map((level, i) => ({
      level,
      index: Math.floor(page / 512 ** (LEVELS.length - 1 - i)) % 512,
      entry: null,
      bits: level === 'PTE' && entry !== null ? pagemapBits(entry) : [],
    })),
    pagemap: entry,
    reason: reason(entry, vma, written, explain),
  };
}

/** Names of what pagemap tells. */
function pagemapBits(entry: bigint): string[] {
  const has = (bit: bigint) => ((entry >> bit) & 1n) === 1n;
  const names: string[] = [];
  if (has(BIT.present)) names.push('P');
  if (has(BIT.swapped)) names.push('SWAP');
  if (has(BIT.softDirty)) names.push('SD');
  if (has(BIT.uffdWp)) names.push('UFFD_WP');
  if (has(BIT.guard)) names.push('GUARD');
  if (has(BIT.file)) names.push('FILE');
  if (has(BIT.exclusive)) names.push('EXCLUSIVE');
  return names;
}

function reason(
  entry: bigint | null,
  vma: Vma | undefined,
  written: boolean,
  explain: (entry: bigint, written: boolean) => string,
): string {
  if (!vma) return 'Nothing is mapped here.';
  if (!vma.tracked) return `Not tracked: ${vma.untracked ?? 'the kernel refused it'}`;
  return entry === null ? 'The page map cannot be read here.' : explain(entry, written);
}
