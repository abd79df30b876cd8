import { addressOfPage, PAGES_PER_TILE } from '#shared/memory/page.ts';
import { PM_BIT } from '#shared/memory/uapi.ts';
import { WALK_LEVELS, type PageWalk, type WalkStep, type WrittenCause } from '#shared/source/page-walk.ts';
import { Directory } from '../mm/page-table.ts';
import { walkDirectories } from '../mm/walk.ts';
import {
  pagemap,
  PM_FILE,
  PM_GUARD_REGION,
  PM_MMAP_EXCLUSIVE,
  PM_PRESENT,
  PM_SOFT_DIRTY,
  PM_SWAP,
  PM_UFFD_WP,
} from '../pagemap/pagemap.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { ACCESSED, DIRTY, GUARD, PRESENT, SOFT, SWAP, UFFD_WP, WRITABLE, type Tile } from '../mm/tile.ts';
import { VM_ACCESS, VM_EXEC, VM_SOFTDIRTY } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';
import { isTracked } from './planes.ts';

/** Bits of an x86-64 page-table entry (arch/x86/include/asm/pgtable_types.h); swap entries have their own. */
const BITS = {
  P: 1n << 0n,
  RW: 1n << 1n,
  US: 1n << 2n,
  A: 1n << 5n,
  D: 1n << 6n,
  PS: 1n << 7n,
  /** In an entry that is not present: what it maps may not be accessed (PROT_NONE). */
  PROTNONE: 1n << 8n,
  'UFFD-WP': 1n << 10n,
  SD: 1n << 11n,
  NX: 1n << 63n,
} as const;
const SWAP_SOFT_DIRTY = 1n << 1n;
const SWAP_UFFD_WP = 1n << 2n;
/** _PAGE_TABLE: what entries that point to tables have. */
const TABLE = ['P', 'RW', 'US', 'A', 'D'] as const;

/** The walk without what happened to the page. */
export type PresentWalk = Omit<PageWalk, 'events'>;

/**
 * The walk of `page` through the simulated page table. Entries have the bits that the kernel's would have; the frame
 * numbers are 0, for the model gives pages none.
 */
export function walkPage(mm: MmStruct, page: number): PresentWalk {
  const vma = mm.vmas.lookup(page);
  const steps: WalkStep[] = [];
  for (const { level: depth, index, child } of walkDirectories(mm.table, page)) {
    const level = WALK_LEVELS[levelIndex(depth, mm)];
    if (child === null) steps.push({ level, index, entry: 0n, target: 'nothing', bits: [] });
    else if (child instanceof Directory) {
      steps.push({ level, index, target: 'table', ...entryOf(TABLE) });
    } else if (child.huge !== 0) {
      steps.push({ level, index, target: 'huge-page', ...entryOf(leafBits(child.huge, vma, true)) });
    } else {
      steps.push({ level, index, target: 'table', ...entryOf(TABLE) });
      steps.push(lastStep(child, page - child.base, vma));
    }
  }
  return {
    page,
    steps,
    pagemap: pagemapEntry(mm, page),
    reason: reason(mm, page, vma),
    causes: causes(mm, page, vma),
  };
}

/** Level 2 is the PMD; the root is always the PGD. */
function levelIndex(level: number, mm: MmStruct): number {
  return level === mm.table.root.level ? 0 : WALK_LEVELS.indexOf('PMD') - (level - 2);
}

function lastStep(tile: Tile, index: number, vma: Vma | null): WalkStep {
  const flags = tile.entry(index);
  if ((flags & PRESENT) !== 0) {
    return { level: 'PTE', index, target: 'page', ...entryOf(leafBits(flags, vma, false)) };
  }
  let entry = 0n;
  const bits: string[] = [];
  const add = (on: boolean, name: string, bit: bigint): void => {
    if (!on) return;
    bits.push(name);
    entry |= bit;
  };
  add((flags & SWAP) !== 0, 'SWAP', 0n);
  add((flags & GUARD) !== 0, 'GUARD', 0n);
  add((flags & SOFT) !== 0, 'SD', SWAP_SOFT_DIRTY);
  add((flags & UFFD_WP) !== 0, 'UFFD-WP', SWAP_UFFD_WP);
  const target = (flags & SWAP) !== 0 ? 'swap' : bits.length > 0 ? 'marker' : 'nothing';
  return { level: 'PTE', index, entry, target, bits };
}

function leafBits(flags: number, vma: Vma | null, huge: boolean): (keyof typeof BITS)[] {
  const rights = vma?.flags ?? 0;
  const bits: (keyof typeof BITS)[] = [(rights & VM_ACCESS) === 0 ? 'PROTNONE' : 'P'];
  if ((flags & WRITABLE) !== 0) bits.push('RW');
  bits.push('US');
  if ((flags & ACCESSED) !== 0) bits.push('A');
  if ((flags & DIRTY) !== 0) bits.push('D');
  if (huge) bits.push('PS');
  if ((flags & UFFD_WP) !== 0) bits.push('UFFD-WP');
  if ((flags & SOFT) !== 0) bits.push('SD');
  if ((rights & VM_EXEC) === 0) bits.push('NX');
  return bits;
}

function entryOf(bits: readonly (keyof typeof BITS)[]): { entry: bigint; bits: string[] } {
  return { entry: bits.reduce((entry, name) => entry | BITS[name], 0n), bits: [...bits] };
}

/** The 64 bits of /proc/PID/pagemap. */
function pagemapEntry(mm: MmStruct, page: number): bigint {
  const [run] = pagemap(mm, page, page + 1);
  const bits: [number, number][] = [
    [PM_SOFT_DIRTY, PM_BIT.SOFT_DIRTY],
    [PM_MMAP_EXCLUSIVE, PM_BIT.MMAP_EXCLUSIVE],
    [PM_UFFD_WP, PM_BIT.UFFD_WP],
    [PM_GUARD_REGION, PM_BIT.GUARD_REGION],
    [PM_FILE, PM_BIT.FILE],
    [PM_SWAP, PM_BIT.SWAP],
    [PM_PRESENT, PM_BIT.PRESENT],
  ];
  return bits.reduce(
    (entry, [bit, place]) => ((run.bits & bit) !== 0 ? entry | (1n << BigInt(place)) : entry),
    0n,
  );
}

/** Why the page counts as written, or not. */
function reason(mm: MmStruct, page: number, vma: Vma | null): string {
  if (vma === null) return `Nothing is mapped at 0x${addressOfPage(page).toString(16)}.`;
  if (!isTracked(vma)) return 'Not tracked: the ioctl skips memory of this kind.';
  const fresh = (vma.flags & VM_SOFTDIRTY) !== 0;
  const tile = mm.table.find(page);
  const huge = tile !== null && tile.huge !== 0;
  const flags = tile?.entry(page - tile.base) ?? 0;
  if ((flags & SOFT) !== 0) {
    if (huge) return `Written: its huge page has the soft-dirty bit, one for all ${PAGES_PER_TILE} pages.`;
    if ((flags & SWAP) !== 0) return 'Written: its swap entry has kept the soft-dirty bit.';
    return 'Written: its page-table entry has the soft-dirty bit.';
  }
  if (fresh) {
    const own = flags === 0 ? 'it has no entry of its own' : 'its own entry is clean';
    return `Counts as written because its VMA is new or was merged with a new one (VM_SOFTDIRTY); ${own}.`;
  }
  if (flags === 0) return 'Not written: it has no page-table entry, and its VMA is not new.';
  if ((flags & (WRITABLE | PRESENT)) === (WRITABLE | PRESENT)) {
    return 'Reads as clean, but its entry is writable: a write to it is missed.';
  }
  return 'Not written since the last clear: the first write will fault and set the soft-dirty bit.';
}

/** Everything that can make a page count as written, the page's own entry first. */
function causes(mm: MmStruct, page: number, vma: Vma | null): WrittenCause[] {
  if (vma === null || !isTracked(vma)) return [];
  const tile = mm.table.find(page);
  const huge = tile !== null && tile.huge !== 0;
  const flags = tile?.entry(page - tile.base) ?? 0;
  const soft = (flags & SOFT) !== 0;
  const fresh = (vma.flags & VM_SOFTDIRTY) !== 0;
  const cause = (title: string, holds: boolean, detail: string): WrittenCause => ({
    title,
    holds,
    counts: true,
    detail,
  });
  return [
    cause(
      'Its own entry',
      soft && !huge && (flags & SWAP) === 0,
      'Soft-dirty bit (11) of the PTE: set by the fault of the first write after a clear, and by mremap, which sets it in every entry that it moves.',
    ),
    cause(
      'Its huge page',
      soft && huge,
      `Soft-dirty bit of the PMD entry: one bit for all ${PAGES_PER_TILE} pages, so a write to one makes all of them count. A collapse by khugepaged sets it too.`,
    ),
    cause(
      'Its swap entry',
      soft && (flags & SWAP) !== 0,
      'Bit 1 of the swap entry keeps what the PTE had when the page went to swap.',
    ),
    cause(
      'Its VMA',
      fresh,
      'VM_SOFTDIRTY: the mapping is new, grew, or was merged with a new one since the last clear; every page of it counts, touched or not.',
    ),
  ];
}
