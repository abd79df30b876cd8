import { decodePagemap, hasPagemapBit, PAGEMAP_BITS } from '#shared/memory/pagemap.ts';
import { PM_BIT } from '#shared/memory/uapi.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { type PageWalk, splitAddress, type WrittenCause } from '#shared/source/page-walk.ts';
import type { Backend } from './backends/write-tracker.ts';

const NAMES: Readonly<Record<number, string>> = {
  [PM_BIT.PRESENT]: 'P',
  [PM_BIT.SWAP]: 'SWAP',
  [PM_BIT.SOFT_DIRTY]: 'SD',
  [PM_BIT.UFFD_WP]: 'UFFD-WP',
};

/** State of one page of a real process. */
export interface KnownPage {
  readonly page: number;
  /** Its pagemap entry; null if that cannot be read. */
  readonly entry: bigint | null;
  readonly vma: Vma | undefined;
  /** Whether it counts as written. */
  readonly written: boolean;
  readonly backend: Backend['name'];
  /** Whether a huge page maps it; null if the backend cannot see that. */
  readonly huge: boolean | null;
  /** Whether it is reported though no write is known: it came with a huge page, or mremap moved it. */
  readonly touched: boolean;
  /** The backend's reason. */
  explain(entry: bigint, written: boolean): string;
}

/**
 * How the hardware finds a page: the index into each level's table. The tables themselves cannot be read from outside,
 * so the entries are unknown; the last one has its pagemap entry.
 */
export function nativeWalk(known: KnownPage): PageWalk {
  const { page, entry } = known;
  return {
    page,
    steps: splitAddress(page, 'PTE', entry === null ? [] : namesOf(entry)),
    pagemap: entry,
    reason: reason(known),
    causes: causes(known),
    events: null,
  };
}

/** Names of the bits in pagemap, as in the entries if they have such. */
function namesOf(entry: bigint): string[] {
  const { bits } = decodePagemap(entry);
  return PAGEMAP_BITS.filter(({ bit }) => bits.includes(bit)).map(
    ({ bit, name }) => NAMES[bit] ?? name.toUpperCase(),
  );
}

function reason({ entry, vma, written, explain }: KnownPage): string {
  if (!vma) return 'Nothing is mapped here.';
  if (!vma.tracked) return `Not tracked: ${vma.untracked ?? 'the kernel refused it'}`;
  if (vma.tracking === 'compared') {
    const why = vma.reason === undefined ? '' : ` ${vma.reason}`;
    return written
      ? `Written since it was last cleared: it appeared, or its contents differ.${why}`
      : `No write seen: its contents are those of the last clear.${why}`;
  }
  return entry === null ? 'The page map cannot be read here.' : explain(entry, written);
}

/** What bit 57 shows: in mode interval a sample that reports a page protects it again. */
function protectionDetail(isProtected: boolean, written: boolean): string {
  if (!isProtected)
    return 'userfaultfd’s bit 57 is 0: the kernel clears it at the first write, without stopping the program.';
  return written
    ? 'userfaultfd’s bit 57 is 1: the write cleared it, and the sample that reported the write set it again.'
    : 'userfaultfd’s bit 57 is 1: the page is write-protected, and was not written since.';
}

/** The kernel's indicators of a written page, and which of them the backend uses. */
function causes({ entry, vma, written, backend, huge, touched }: KnownPage): WrittenCause[] {
  if (!vma?.tracked || entry === null) return [];
  const { bits } = decodePagemap(entry);
  const protecting = backend === 'write-protect' || backend === 'preload';
  const soft = backend === 'soft-dirty';
  const list: WrittenCause[] = [
    {
      title: 'Write-protection removed',
      holds: protecting ? written : null,
      counts: protecting,
      detail: protecting
        ? protectionDetail(bits.includes(PM_BIT.UFFD_WP), written)
        : 'This backend does not use write-protection.',
    },
    {
      title: 'Soft-dirty bit',
      holds: bits.includes(PM_BIT.SOFT_DIRTY),
      counts: soft,
      detail:
        'Bit 55: the entry’s own bit, or VM_SOFTDIRTY of its VMA; pagemap shows both as one. On a kernel without CONFIG_MEM_SOFT_DIRTY it is always 0.',
    },
    {
      title: 'Its VMA is new',
      // Only this backend reads smaps.
      holds: vma.flags === '' ? null : vma.softDirty,
      counts: soft,
      detail:
        vma.flags === ''
          ? 'VM_SOFTDIRTY (“sd” in VmFlags) is not read here: reading smaps walks all page tables of the program.'
          : 'VM_SOFTDIRTY (“sd” in VmFlags of smaps): the mapping is new or was merged with a new one, and every page of it counts.',
    },
  ];
  list.push(
    {
      title: 'Its huge page',
      holds: huge,
      counts: protecting || soft,
      detail:
        huge === null
          ? 'PAGEMAP_SCAN, which reports huge pages (PAGE_IS_HUGE), is not used by this backend.'
          : huge
            ? 'PAGE_IS_HUGE: one PMD entry for 512 pages. A write to one of them makes all count, until the huge page is split.'
            : 'Not PAGE_IS_HUGE: an entry of its own. If tracking split a huge page, all 512 entries have its bit.',
    },
    {
      title: 'Moved, or came with a huge page',
      holds: touched,
      counts: false,
      detail: touched
        ? 'Reported as touched, not as written: it appeared as a part of a huge page, or mremap moved it here and set the soft-dirty bit.'
        : 'No sample found it moved by mremap, or new as a part of a huge page.',
    },
    {
      title: 'Given back',
      holds: !hasPagemapBit(entry, PM_BIT.PRESENT) && !hasPagemapBit(entry, PM_BIT.SWAP),
      counts: false,
      detail:
        'Neither present (bit 63) nor swapped (bit 62): never touched, or given back by madvise or munmap. The next write brings a new page, which counts.',
    },
  );
  if (backend === 'compare') {
    list.unshift({
      title: 'Contents changed',
      holds: written,
      counts: true,
      detail: 'The page’s contents are compared with those at the last clear.',
    });
  }
  return list;
}
