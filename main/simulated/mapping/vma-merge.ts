import type { MemoryObject } from '../mm/memory-object.ts';
import { splitHugeAt } from './huge.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { VM_ACCESS, VM_SOFTDIRTY, VM_SPECIAL } from '../mm/vma-flags.ts';
import type { AnonVma, Vma } from '../mm/vma.ts';

/** What a range must have in common with a neighbour to merge with it. */
export interface MergeTraits {
  readonly flags: number;
  readonly anonVma: AnonVma | null;
  readonly object: MemoryObject | null;
  /** Page offset of its first page. */
  readonly pgoff: number;
}

/**
 * is_mergeable_anon_vma(): a candidate whose chain is singular takes a piece without anon_vma, and the other way
 * round; otherwise both must be the same. A candidate that was never touched has an empty chain, which is not singular.
 */
function anonVmasMerge(a: AnonVma | null, b: AnonVma | null, candidate: Vma | null): boolean {
  if ((a === null || b === null) && (candidate === null || candidate.chain.length === 1)) return true;
  return a === b;
}

function traitsMatch(candidate: Vma, traits: MergeTraits): boolean {
  return (
    ((candidate.flags ^ traits.flags) & ~VM_SOFTDIRTY) === 0 &&
    candidate.object === traits.object &&
    anonVmasMerge(traits.anonVma, candidate.anonVma, candidate)
  );
}

/** can_vma_merge_before(): whether a piece with `traits` that ends with page offset `pgoffEnd` may join `next` after it. */
export function canMergeBefore(next: Vma, traits: MergeTraits, pgoffEnd: number): boolean {
  return traitsMatch(next, traits) && next.pgoff === pgoffEnd;
}

/** can_vma_merge_after(): whether a piece with `traits` may join `prev` before it. */
export function canMergeAfter(prev: Vma, traits: MergeTraits): boolean {
  return traitsMatch(prev, traits) && prev.pgoffOf(prev.end) === traits.pgoff;
}

/** VM_SOFTDIRTY that a merge keeps from its parts: none of it in Linux 6.1. */
export function stickyFlags(mm: MmStruct, ...flags: readonly number[]): number {
  if (mm.memory.options.profile !== 'sticky-merge') return 0;
  return flags.reduce((all, one) => all | one, 0) & VM_SOFTDIRTY;
}

/** `importer` with the anon_vma of `exporter`, whose pages it takes over, if it has none. */
function imported(importer: Vma, exporter: Vma | null): Partial<Vma> {
  if (exporter === null || exporter.anonVma === null || importer.anonVma !== null) return {};
  return { anonVma: exporter.anonVma, chain: exporter.chain };
}

/**
 * vma_merge() of Linux 6.1 with __vma_adjust(): tries to give [start, end), which is free or is one piece of one VMA,
 * to the VMA before it, the one after it, or both in one. `prev` is the VMA before it, or the one whose tail it is.
 * Returns the VMA that grew, with its own flags and protection (the caller sets new ones), or null. Nothing merges
 * with `apart`.
 */
export function vmaMerge(
  mm: MmStruct,
  prev: Vma | null,
  start: number,
  end: number,
  traits: MergeTraits,
  apart: Vma | null = null,
): Vma | null {
  if ((traits.flags & VM_SPECIAL) !== 0) return null;
  const list = mm.vmas;
  const first = prev === null ? -1 : list.indexOf(prev);
  const following = list.at(first + 1) ?? null;
  const whole = following !== null && following.end === end;
  const next = (whole ? list.at(first + 2) : following) ?? null;
  const mergePrev = prev !== null && prev.end === start && canMergeAfter(prev, traits);
  const mergeNext =
    next !== null && next.start === end && canMergeBefore(next, traits, traits.pgoff + (end - start));
  if (apart !== null && ((mergePrev && prev === apart) || (mergeNext && next === apart))) return null;
  const keep = (...parts: readonly Vma[]): number =>
    stickyFlags(mm, traits.flags, ...parts.map((p) => p.flags));

  if (mergePrev && mergeNext && anonVmasMerge(prev.anonVma, next.anonVma, null)) {
    const middle = whole ? following : null;
    const exporter = middle !== null && middle.anonVma !== null ? middle : next;
    const flags = prev.flags | keep(prev, next);
    const merged = prev.with({ end: next.end, flags, ...imported(prev, exporter) });
    list.replace(first, whole ? 3 : 2, [merged], 'merge');
    return merged;
  }
  if (mergePrev) {
    // Cases 2 (free space), 5 (the head of the VMA after it) and 7 (all of it) of mm/mmap.c.
    const middle = following !== null && following.start < end ? following : null;
    const merged = prev.with({ end, flags: prev.flags | keep(prev), ...imported(prev, middle) });
    if (middle === null) list.replace(first, 1, [merged], 'grow');
    else if (middle.end === end) list.replace(first, 2, [merged], 'merge');
    else {
      splitHugeAt(mm, middle, end);
      list.replace(first, 2, [merged, middle.piece(end, middle.end)], 'merge');
    }
    return merged;
  }
  if (mergeNext) {
    const pgoff = next.pgoff - (end - start);
    const grown = { start, pgoff, flags: next.flags | keep(next) };
    if (prev !== null && start < prev.end) {
      // Case 4: the tail of `prev` joins the VMA after it.
      splitHugeAt(mm, prev, start);
      const merged = next.with({ ...grown, ...imported(next, prev) });
      list.replace(first, 2, [prev.with({ end: start }), merged], 'merge');
      return merged;
    }
    // Cases 3 (free space) and 8 (a whole VMA).
    const merged = next.with({ ...grown, ...imported(next, whole ? following : null) });
    list.replace(first + 1, whole ? 2 : 1, [merged], whole ? 'merge' : 'grow');
    return merged;
  }
  return null;
}

/**
 * find_mergeable_anon_vma(): the anon_vma that a VMA which gets its first anonymous page can share with a neighbour,
 * so that they may merge later.
 */
function neighbourAnonVma(mm: MmStruct, vma: Vma): AnonVma | null {
  const index = mm.vmas.indexOf(vma);
  const next = mm.vmas.at(index + 1);
  if (next !== undefined && compatible(vma, next) && next.chain.length === 1) {
    if (next.anonVma !== null) return next.anonVma;
  }
  const prev = mm.vmas.at(index - 1);
  if (prev !== undefined && compatible(prev, vma) && prev.chain.length === 1) return prev.anonVma;
  return null;
}

/** anon_vma_compatible(): whether `b` continues `a`, access rights aside. */
function compatible(a: Vma, b: Vma): boolean {
  return (
    a.end === b.start &&
    a.object === b.object &&
    ((a.flags ^ b.flags) & ~(VM_ACCESS | VM_SOFTDIRTY)) === 0 &&
    b.pgoff === a.pgoffOf(b.start)
  );
}

/** anon_vma_prepare(): `vma` with an anon_vma, as it is in the list afterwards. */
export function prepareAnonVma(mm: MmStruct, vma: Vma): Vma {
  if (vma.anonVma !== null) return vma;
  const anonVma = neighbourAnonVma(mm, vma) ?? mm.memory.newAnonVma();
  const touched = vma.with({ anonVma, chain: [anonVma] });
  mm.vmas.replace(mm.vmas.indexOf(vma), 1, [touched], 'anon-vma');
  return touched;
}
