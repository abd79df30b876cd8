/** madvise(2) and khugepaged (mm/madvise.c, mm/khugepaged.c, mm/guard): rules 34, 35, 39, 40, 46. */
import type { Advice as StepAdvice, StepOf } from '../../scenarios/steps.ts';
import { faultIn, forgetSlot, swapIn, touchHuge, unshared } from './faults.ts';
import { collapseAnonymous, collapseBacking, divideHuge, enabled, splitHuge, suits } from './huge.ts';
import type { ModelState } from './model-state.ts';
import { reclaimCompound, reclaimFrame } from './reclaim.ts';
import {
  entriesIn,
  Errno,
  holdsTile,
  hugeIn,
  isAnonymous,
  bareEntry,
  Signal,
  TILE,
  vmaAfter,
  type Backing,
  type Frame,
  type Huge,
  type Process,
  type SwapEntry,
  type Vma,
} from './state.ts';
import { pageOf, roundUp, unaligned } from './addresses.ts';
import { change, prepareAnonVma } from './vmas.ts';
import { clearEntry, clearHuge, setEntry } from './entries.ts';
import { dontNeed, zap } from './zap.ts';

/** madvise_walk_vmas: every VMA of the range in turn; a gap is ENOMEM, once all others are done. */
export function madvise(model: ModelState, step: StepOf<'madvise'>): number {
  if (unaligned(step.addr)) throw new Errno('EINVAL');
  const length = roundUp(step.len);
  if (step.len !== 0n && length === 0n) throw new Errno('EINVAL');
  if (step.addr + length >= 2n ** 64n) throw new Errno('EINVAL');
  if (length === 0n) return 0;
  const end = pageOf(step.addr + length);
  let start = pageOf(step.addr);
  let gap = false;
  let vma = vmaAfter(model.current, start);
  let prev = vma && start > vma.start ? vma : model.current.vmas.findLast((other) => other.end <= start);
  while (vma) {
    if (start < vma.start) {
      gap = true;
      start = vma.start;
      if (start >= end) break;
    }
    const stop = Math.min(vma.end, end);
    prev = visit(model, prev, vma, start, stop, step.advice);
    start = Math.max(stop, prev.end);
    if (start >= end) break;
    vma = vmaAfter(model.current, prev.end);
    if (!vma) gap = true;
  }
  if (gap || start < end) throw new Errno('ENOMEM');
  return 0;
}

/** Does one VMA's part; returns the VMA that holds it then. */
function visit(
  model: ModelState,
  prev: Vma | undefined,
  vma: Vma,
  start: number,
  end: number,
  advice: StepAdvice,
): Vma {
  switch (advice) {
    case 'hugepage':
    case 'nohugepage':
      if (vma.advice === advice) return vma;
      try {
        return change(model, prev, vma, start, end, { ...vma, advice });
      } catch (error) {
        throw error instanceof Errno && error.message === 'ENOMEM' ? new Errno('EAGAIN') : error;
      }
    case 'dontneed':
      if (vma.device) throw new Errno('EINVAL');
      dontNeed(model.current, start, end);
      return vma;
    case 'free':
      if (!isAnonymous(vma)) throw new Errno('EINVAL');
      lazyFree(start, end, model.current);
      return vma;
    case 'pageout':
      if (vma.device) throw new Errno('EINVAL');
      pageOut(model, vma, start, end);
      return vma;
    case 'populate_read':
    case 'populate_write':
      populate(model, vma, start, end, advice === 'populate_write');
      return vma;
    case 'collapse':
      collapse(model, vma, start, end);
      return vma;
    case 'guard_install':
      if (vma.device) throw new Errno('EINVAL');
      prepareAnonVma(model, vma);
      installGuards(model, start, end);
      return vma;
    case 'guard_remove':
      if (vma.device) throw new Errno('EINVAL');
      for (const [page, entry] of entriesIn(model.current, start, end)) {
        if (entry.kind === 'guard') clearEntry(model.current, page);
      }
      return vma;
  }
}

const aloneHere = (huge: Huge): huge is Huge & { frames: Frame[] } =>
  huge.frames !== null && !huge.shared && huge.frames.every((frame) => frame.maps === 1);
const pinned = (huge: Huge): boolean => huge.frames?.some((frame) => frame.pins > 0) ?? false;

/** madvise_free_pte_range: entries become clean and old, swap entries become holes. */
function lazyFree(start: number, end: number, process: Process): void {
  for (const [tile, huge] of hugeIn(process, start, end)) {
    if (!aloneHere(huge)) continue;
    if (holdsTile(start, end, tile)) {
      huge.dirty = huge.young = false;
      for (const frame of huge.frames) frame.lazy = true;
    } else if (!pinned(huge)) divideHuge(process, tile);
  }
  for (const [page, entry] of entriesIn(process, start, end)) {
    if (entry.kind === 'swap') clearEntry(process, page);
    // The kernel also marks pages that a fork shares; nothing but what reclaim does to them later would show it.
    if (entry.kind !== 'page' || !entry.frame.anon || !unshared(entry.frame)) continue;
    entry.dirty = entry.young = false;
    entry.frame.lazy = true;
    forgetSlot(entry.frame);
  }
}

/** madvise_cold_or_pageout_pte_range: pages that this process alone maps are reclaimed. */
function pageOut(model: ModelState, vma: Vma, start: number, end: number): void {
  const process = model.current;
  const kept = new Set<Frame>();
  for (const [tile, huge] of hugeIn(process, start, end)) {
    if (vma.backing) {
      pageOutCompound(model, vma, vma.backing, tile, holdsTile(start, end, tile));
      continue;
    }
    if (!aloneHere(huge) || pinned(huge)) continue;
    if (!holdsTile(start, end, tile)) divideHuge(process, tile);
    else if (model.machine.swap || huge.frames[0].lazy) {
      // Written since MADV_FREE: not reclaimed in this pass.
      if (huge.dirty && huge.frames[0].lazy) for (const frame of huge.frames) kept.add(frame);
      splitHuge(process, tile);
    }
  }
  for (const [, entry] of entriesIn(process, start, end)) {
    if (entry.kind !== 'page' || entry.frame.maps !== 1) continue;
    if (entry.frame.anon) entry.young = false;
    if (!kept.has(entry.frame)) reclaimFrame(model, entry.frame, vma.backing);
  }
}

/** The same for a huge page of the cache: all of it goes to swap; if only a part is asked for, it is divided. */
function pageOutCompound(model: ModelState, vma: Vma, backing: Backing, tile: number, whole: boolean): void {
  const huge = model.current.huge.get(tile);
  if (!huge?.frames || huge.frames[0].maps !== 1 || pinned(huge)) return;
  const first = vma.pgoff + (tile * TILE - vma.start);
  if (whole) reclaimCompound(model, backing, first);
  else {
    backing.compound.delete(first / TILE);
    clearHuge(model.current, tile);
  }
}

/** madvise_populate: faults as get_user_pages takes them. */
function populate(model: ModelState, vma: Vma, start: number, end: number, write: boolean): void {
  if (vma.device || (write ? !vma.write : !vma.read)) throw new Errno('EINVAL');
  for (let page = start; page < end; page++) {
    try {
      faultIn(model, page, write);
      touchHuge(model, page, write);
    } catch (error) {
      throw error instanceof Signal ? new Errno(error.signal === 'SIGKILL' ? 'ENOMEM' : 'EFAULT') : error;
    }
  }
}

/** madvise_collapse, rule 40. */
function collapse(model: ModelState, vma: Vma, start: number, end: number): void {
  const last = Math.floor((vma.end - TILE) / TILE);
  const allowed =
    vma.advice !== 'nohugepage' &&
    !vma.device &&
    suits(vma, last) &&
    (vma.backing !== null || vma.anonVma !== null);
  if (!allowed) throw new Errno('EINVAL');
  const first = Math.ceil(start / TILE);
  const stop = Math.floor(end / TILE);
  let done = 0;
  let failure = 'EINVAL';
  for (let tile = first; tile < stop; tile++) {
    const result = vma.backing
      ? collapseBacking(model, vma, vma.backing, tile)
      : collapseAnonymous(model, vma, tile, false, readIn(model, vma));
    if (result === 'collapsed' || result === 'already-huge') done++;
    else failure = result === 'busy' ? 'EAGAIN' : 'EINVAL';
    if (result === 'never') break;
  }
  if (done !== stop - first) throw new Errno(failure);
}

/** One pass over the process: {number of huge pages made}. */
export function khugepaged(model: ModelState): number {
  let made = 0;
  for (const vma of model.current.vmas) {
    const last = Math.floor((vma.end - TILE) / TILE);
    if (!enabled(model, vma) || !suits(vma, last) || !vma.anonVma) continue;
    for (const tile of [...model.current.tables].sort((a, b) => a - b)) {
      if (!suits(vma, tile)) continue;
      if (collapseAnonymous(model, vma, tile, true, readIn(model, vma)) === 'collapsed') made++;
    }
  }
  return made;
}

const readIn = (model: ModelState, vma: Vma) => (page: number, entry: SwapEntry) => {
  swapIn(model, vma, page, entry, false);
};

/** madvise_guard_install: zaps the range and puts a marker into every entry. */
function installGuards(model: ModelState, start: number, end: number): void {
  zap(model.current, start, end);
  for (let page = start; page < end; page++) {
    model.charge(1);
    setEntry(model.current, page, bareEntry('guard', { young: false }));
  }
}
