/**
 * The data of the reference model: what the rules of scenarios/fixtures/README.md need and nothing else, in the plainest
 * form. A page-table entry is an object in a map from page number to entry; a page table is a number in a set; a VMA is an
 * object in a list.
 */

/** A page of memory, at any mapping. */
export interface Frame {
  /** Entries (or parts of huge PMDs) that map it, in all processes. */
  maps: number;
  readonly anon: boolean;
  /** PageAnonExclusive. */
  exclusive: boolean;
  pins: number;
  /** Marked by MADV_FREE and not swap-backed since. */
  lazy: boolean;
  /** The swap slot that still holds it (swap cache). */
  slot: Slot | null;
}

/** A place in swap. */
export interface Slot {
  /** Swap entries that point to it. */
  count: number;
  /** The page read back from it while other entries still point to it. */
  frame: Frame | null;
}

interface EntryBits {
  soft: boolean;
  write: boolean;
  /** The hardware's D and A bits. */
  dirty: boolean;
  young: boolean;
  /** userfaultfd write-protection. */
  wp: boolean;
  /** Pins made through this entry; they last as long as it does. */
  pins: number;
}

/** `zero` and `device` are present, without a page of their own; `guard` and `marker` are PTE markers. */
export type Entry = EntryBits &
  (
    | { kind: 'page'; frame: Frame; slot: null }
    /** `exclusive`: the entry knows that the page in swap belongs to this process alone. */
    | { kind: 'swap'; frame: null; slot: Slot; exclusive: boolean }
    | { kind: 'zero' | 'device' | 'guard' | 'marker'; frame: null; slot: null }
  );
type PageEntry = Extract<Entry, { kind: 'page' }>;
export type SwapEntry = Extract<Entry, { kind: 'swap' }>;

/** A PMD entry that maps 2 MiB. `frames` is null for the huge zero page. */
export interface Huge {
  /** Pins made through this entry, by index of the page. */
  pins: Map<number, number>;
  frames: Frame[] | null;
  /** Maps a file or shared memory. */
  shared: boolean;
  soft: boolean;
  write: boolean;
  dirty: boolean;
  young: boolean;
  wp: boolean;
}

/** What shared and file mappings map: one memfd, or one a shared anonymous mmap. */
export interface Backing {
  /** Size in pages; Infinity: it has no end. */
  pages: number;
  readonly cache: Map<number, Frame>;
  /** Indexes (pgoff / 512) of the parts that are one huge page in the cache. */
  readonly compound: Set<number>;
}

export interface AnonVma {
  readonly id: number;
}

export type Advice = 'none' | 'hugepage' | 'nohugepage';

/** pgprot of a VMA: what a read fault puts into an entry. */
export interface PageProt {
  readonly access: 'none' | 'ro' | 'rw';
  readonly exec: boolean;
}

export interface Vma {
  /** Page numbers; end is exclusive. */
  start: number;
  end: number;
  read: boolean;
  write: boolean;
  exec: boolean;
  shared: boolean;
  /** VM_PFNMAP and its companions. */
  device: boolean;
  account: boolean;
  advice: Advice;
  /** VM_SOFTDIRTY */
  sd: boolean;
  /** Registered with userfaultfd for write-protection. */
  uffd: boolean;
  pgoff: number;
  backing: Backing | null;
  anonVma: AnonVma | null;
  /** Length of anon_vma_chain. */
  chain: number;
  pageProt: PageProt;
}

/** One process: an mm_struct. */
export interface Process {
  readonly parent: Process | null;
  readonly number: number;
  alive: boolean;
  /** Ascending, not overlapping. */
  vmas: Vma[];
  readonly entries: Map<number, Entry>;
  readonly huge: Map<number, Huge>;
  /** Tiles (page number / 512) whose PMD points to a page table. */
  readonly tables: Set<number>;
  /** mm->start_brk and mm->brk, bytes. */
  readonly heap: bigint;
  brk: bigint;
}

export const TILE = 512;
export const tileOf = (page: number): number => Math.floor(page / TILE);

/** The VMA that holds `page`. */
export function vmaAt(process: Process, page: number): Vma | undefined {
  return process.vmas.find((vma) => vma.start <= page && page < vma.end);
}

/** find_vma: the first VMA that ends after `page`. */
export function vmaAfter(process: Process, page: number): Vma | undefined {
  return process.vmas.find((vma) => vma.end > page);
}

/** The VMAs that overlap [start, end), as they are now. */
export function overlapping(process: Process, start: number, end: number): Vma[] {
  return process.vmas.filter((vma) => vma.start < end && vma.end > start);
}

/** vma_is_anonymous: private and without a file. */
export const isAnonymous = (vma: Vma): boolean => vma.backing === null && !vma.device;
export const isAccessible = (vma: Vma): boolean => vma.read || vma.write || vma.exec;
export const isPresent = (entry: Entry): boolean =>
  entry.kind === 'page' || entry.kind === 'zero' || entry.kind === 'device';

/** Page numbers in [start, end) that have an entry, ascending. */
export function entriesIn(process: Process, start: number, end: number): [number, Entry][] {
  const found: [number, Entry][] = [];
  if (end - start <= process.entries.size) {
    for (let page = start; page < end; page++) {
      const entry = process.entries.get(page);
      if (entry) found.push([page, entry]);
    }
    return found;
  }
  for (const pair of process.entries) if (pair[0] >= start && pair[0] < end) found.push(pair);
  return found.sort((a, b) => a[0] - b[0]);
}

/** Tiles that overlap [start, end) and have a huge PMD, ascending. */
export function hugeIn(process: Process, start: number, end: number): [number, Huge][] {
  return [...process.huge]
    .filter(([tile]) => tile * TILE < end && (tile + 1) * TILE > start)
    .sort((a, b) => a[0] - b[0]);
}

/** Whether [start, end) holds the whole of `tile`. */
export const holdsTile = (start: number, end: number, tile: number): boolean =>
  tile * TILE >= start && (tile + 1) * TILE <= end;

/** A call that fails. */
export class Errno extends Error {}
/** An access that raises a signal. */
export class Signal extends Error {
  readonly signal: 'SIGSEGV' | 'SIGBUS' | 'SIGKILL';
  constructor(signal: 'SIGSEGV' | 'SIGBUS' | 'SIGKILL') {
    super(signal);
    this.signal = signal;
  }
}

export function newFrame(anon: boolean): Frame {
  return { maps: 0, anon, exclusive: anon, pins: 0, lazy: false, slot: null };
}

const CLEAN: EntryBits = { soft: false, write: false, dirty: false, young: true, wp: false, pins: 0 };

/** Entries before setEntry() counts them. */
export const pageEntry = (frame: Frame, bits: Partial<EntryBits> = {}): PageEntry => ({
  ...{ kind: 'page', frame, slot: null },
  ...CLEAN,
  ...bits,
});
export const swapEntry = (slot: Slot, exclusive: boolean, bits: Partial<EntryBits>): SwapEntry => ({
  ...{ kind: 'swap', frame: null, slot, exclusive },
  ...CLEAN,
  ...bits,
});
export const bareEntry = (
  kind: 'zero' | 'device' | 'guard' | 'marker',
  bits: Partial<EntryBits> = {},
): Entry => ({ ...{ kind, frame: null, slot: null }, ...CLEAN, ...bits });
