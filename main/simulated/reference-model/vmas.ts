/** VMAs: page protection, splits and merges as Linux 6.1 does them (mm/mmap.c), rules 6, 17, 18, 20 to 26. */
import { splitHugeAt } from './huge.ts';
import type { ModelState } from './model-state.ts';
import {
  Errno,
  TILE,
  tileOf,
  vmaAfter,
  type AnonVma,
  type Entry,
  type PageProt,
  type Process,
  type Vma,
} from './state.ts';
import { zap } from './zap.ts';

/** What two VMAs must share to become one; all VmFlags but VM_SOFTDIRTY. */
export type VmFlags = Pick<
  Vma,
  'read' | 'write' | 'exec' | 'shared' | 'device' | 'account' | 'advice' | 'sd' | 'uffd' | 'backing'
>;

/** vm_get_page_prot: what the rights alone give. */
function fullProt({ read, write, exec, shared }: Vma): PageProt {
  return { access: !read && !write && !exec ? 'none' : write && shared ? 'rw' : 'ro', exec };
}

/** vma_wants_writenotify with a page protection: true only if that is the full one. */
function wantsWriteNotify(vma: Vma, prot: PageProt): boolean {
  const full = fullProt(vma);
  if (!vma.write || !vma.shared || prot.access !== full.access || prot.exec !== full.exec) return false;
  return !vma.sd || vma.uffd;
}

/** vma_set_page_prot: a shared writable VMA lets entries be writable only while it is soft-dirty (and not armed). */
export function setPageProt(vma: Vma): void {
  const full = fullProt(vma);
  vma.pageProt = wantsWriteNotify(vma, full) ? { ...full, access: 'ro' } : full;
}

/** vma_wants_manual_pte_write_upgrade: whether entries may be made writable one by one. */
export const mayUpgrade = (vma: Vma): boolean =>
  vma.shared ? wantsWriteNotify(vma, vma.pageProt) : vma.write;

/** can_change_pte_writable, rule 32: a write to this entry needs no fault. */
export function upgradable(vma: Vma, entry: Entry): boolean {
  const ours = vma.shared || (entry.frame !== null && entry.frame.anon && entry.frame.exclusive);
  const usable = entry.kind === 'device' || (entry.kind === 'page' && ours);
  return usable && entry.dirty && (vma.sd || entry.soft) && !entry.wp;
}

function sameFlags(a: VmFlags, b: VmFlags): boolean {
  return (
    a.read === b.read &&
    a.write === b.write &&
    a.exec === b.exec &&
    a.shared === b.shared &&
    a.device === b.device &&
    a.account === b.account &&
    a.advice === b.advice &&
    a.uffd === b.uffd &&
    a.backing === b.backing
  );
}

/** is_mergeable_anon_vma, rule 24. */
function anonVmasMerge(a: AnonVma | null, b: AnonVma | null, candidate: Vma | null): boolean {
  if ((!a || !b) && (!candidate || candidate.chain === 1)) return true;
  return a === b;
}

/** can_vma_merge_before and can_vma_merge_after. */
export const joinsStartOf = (next: Vma, flags: VmFlags, anonVma: AnonVma | null, pgoff: number): boolean =>
  sameFlags(next, flags) && anonVmasMerge(anonVma, next.anonVma, next) && next.pgoff === pgoff;
export const joinsEndOf = (prev: Vma, flags: VmFlags, anonVma: AnonVma | null, pgoff: number): boolean =>
  sameFlags(prev, flags) &&
  anonVmasMerge(anonVma, prev.anonVma, prev) &&
  prev.pgoff + (prev.end - prev.start) === pgoff;

/** Gives `importer` the anon_vma of `exporter` if it has none. */
export function importAnonVma(importer: Vma, exporter: Vma | undefined): void {
  if (!exporter?.anonVma || importer.anonVma) return;
  importer.anonVma = exporter.anonVma;
  importer.chain = exporter.chain;
}

export const remove = (process: Process, vma: Vma): void => {
  process.vmas = process.vmas.filter((other) => other !== vma);
};

export function insert(process: Process, vma: Vma): void {
  process.vmas.push(vma);
  process.vmas.sort((a, b) => a.start - b.start);
}

/**
 * vma_merge: [start, end) with these flags joins the VMA before it, the one after it, or both; `prev` is the VMA that
 * the kernel passes; nothing merges with `apart`. Returns the VMA that grew, with its own VM_SOFTDIRTY (of all parts in
 * profile sticky-merge), or null.
 */
export function merge(
  model: ModelState,
  prev: Vma | undefined,
  start: number,
  end: number,
  flags: VmFlags,
  anonVma: AnonVma | null,
  pgoff: number,
  apart?: Vma,
): Vma | null {
  if (flags.device) return null;
  const process = model.current;
  const mid = vmaAfter(process, prev?.end ?? 0);
  const next = mid?.end === end ? vmaAfter(process, mid.end) : mid;
  const toPrev = prev?.end === start && joinsEndOf(prev, flags, anonVma, pgoff);
  const toNext = next?.start === end && joinsStartOf(next, flags, anonVma, pgoff + (end - start));
  const covered = mid && mid.start === start && mid.end === end ? mid : undefined;
  if (apart && ((toPrev && prev === apart) || (toNext && next === apart))) return null;
  const sticky = (grown: Vma, ...parts: (Vma | undefined)[]): Vma => {
    if (model.sticky && (flags.sd || parts.some((part) => part?.sd))) grown.sd = true;
    return grown;
  };

  if (toPrev && toNext && anonVmasMerge(prev.anonVma, next.anonVma, null)) {
    sticky(prev, next);
    importAnonVma(prev, covered?.anonVma ? covered : next);
    prev.end = next.end;
    if (covered) remove(process, covered);
    remove(process, next);
    return prev;
  }
  if (toPrev) {
    sticky(prev);
    if (covered) {
      importAnonVma(prev, covered);
      remove(process, covered);
    } else if (mid && mid.start < end) {
      splitHugeAt(model, end);
      importAnonVma(prev, mid);
      mid.pgoff += end - mid.start;
      mid.start = end;
    }
    prev.end = end;
    return prev;
  }
  if (toNext) {
    sticky(next);
    if (prev && start < prev.end) {
      splitHugeAt(model, start);
      importAnonVma(next, prev);
      prev.end = start;
    } else if (covered) {
      importAnonVma(next, covered);
      remove(process, covered);
    }
    next.start = start;
    next.pgoff = pgoff;
    return next;
  }
  return null;
}

/** split_vma: cuts `vma` at `at` and returns the upper part; a huge PMD across the cut is split too. */
export function split(model: ModelState, vma: Vma, at: number, limited = true): Vma {
  if (limited && model.current.vmas.length >= model.machine.maxMapCount) throw new Errno('ENOMEM');
  splitHugeAt(model, at);
  const upper = { ...vma, start: at, pgoff: vma.pgoff + (at - vma.start) };
  vma.end = at;
  insert(model.current, upper);
  return upper;
}

/**
 * What mprotect, madvise and userfaultfd do to one piece of a VMA: merge it with its neighbours under the new flags, or
 * split it off, and give it the flags. Returns the VMA that holds the piece.
 */
export function change(
  model: ModelState,
  prev: Vma | undefined,
  vma: Vma,
  start: number,
  end: number,
  flags: VmFlags,
): Vma {
  const pgoff = vma.pgoff + (start - vma.start);
  const merged = merge(model, prev, start, end, flags, vma.anonVma, pgoff);
  const sd = merged && model.sticky ? merged.sd || flags.sd : flags.sd;
  let piece = merged ?? vma;
  if (!merged) {
    if (start > vma.start) piece = split(model, vma, start);
    if (end < piece.end) split(model, piece, end);
  }
  const { read, write, exec, account, advice, uffd } = flags;
  Object.assign(piece, { read, write, exec, account, advice, uffd, sd });
  return piece;
}

/** Unmaps [start, end): pages, VMAs, and the page tables that no VMA uses (rule 37). */
export function unmap(model: ModelState, start: number, end: number): void {
  const process = model.current;
  const first = vmaAfter(process, start);
  if (!first || first.start >= end) return;
  if (first.start < start) {
    if (end < first.end && process.vmas.length >= model.machine.maxMapCount) throw new Errno('ENOMEM');
    split(model, first, start, false);
  }
  const last = process.vmas.find((vma) => vma.start < end && vma.end > end);
  if (last) split(model, last, end, false);
  for (const vma of process.vmas.filter((other) => other.start >= start && other.end <= end)) {
    zap(process, vma.start, vma.end);
    remove(process, vma);
    freeTables(process, vma.start, vma.end);
  }
}

/** free_pgtables: drops the page tables around [start, end) that no VMA overlaps. */
function freeTables(process: Process, start: number, end: number): void {
  for (const tile of [...process.tables]) {
    if (tile < tileOf(start) || tile > tileOf(end - 1)) continue;
    const used = process.vmas.some((vma) => vma.start < (tile + 1) * TILE && vma.end > tile * TILE);
    if (!used) process.tables.delete(tile);
  }
}

/** anon_vma_prepare with find_mergeable_anon_vma, rule 23. */
export function prepareAnonVma(model: ModelState, vma: Vma): void {
  if (vma.anonVma) return;
  const at = model.current.vmas.indexOf(vma);
  const next = model.current.vmas[at + 1];
  const prev = model.current.vmas[at - 1];
  vma.anonVma = reusable(next, vma, next) ?? reusable(prev, prev, vma) ?? model.newAnonVma();
  vma.chain = 1;
}

function reusable(old: Vma | undefined, a: Vma | undefined, b: Vma | undefined): AnonVma | null {
  if (!old || !a || !b || a.end !== b.start || b.pgoff !== a.pgoff + (a.end - a.start)) return null;
  const { read, write, exec } = a;
  if (!sameFlags(a, { ...b, read, write, exec })) return null;
  return old.chain === 1 ? old.anonVma : null;
}
