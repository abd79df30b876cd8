/** Accesses and what they fault in: rules 27 to 33 and 36 to 38 (mm/memory.c). */
import { enabled, makeHuge, mapCompound, suits, writeProtectedHuge } from './huge.ts';
import type { ModelState } from './model-state.ts';
import {
  isAccessible,
  isPresent,
  bareEntry,
  pageEntry,
  newFrame,
  Signal,
  TILE,
  tileOf,
  vmaAt,
  type Backing,
  type Entry,
  type Frame,
  type SwapEntry,
  type Vma,
} from './state.ts';
import { prepareAnonVma } from './vmas.ts';
import { cachedFrame, setEntry } from './entries.ts';

/** One access by the program: a load or a store of one byte. Throws the Signal that it raises. */
export function access(model: ModelState, page: number, write: boolean): void {
  const vma = vmaAt(model.current, page);
  if (!vma || (write ? !vma.write : !isAccessible(vma))) throw new Signal('SIGSEGV');
  handle(model, vma, page, write, true);
}

/**
 * handle_mm_fault until the access goes through. `byProgram`: the processor sets the D bit on an entry that is writable
 * already; get_user_pages (MADV_POPULATE_*, pins) does not.
 */
export function handle(model: ModelState, vma: Vma, page: number, write: boolean, byProgram: boolean): void {
  const huge = model.current.huge.get(tileOf(page));
  if (huge) {
    if (!write || huge.write) {
      huge.young = true;
      if (write && byProgram) huge.dirty = true;
      return;
    }
    if (writeProtectedHuge(model, vma, tileOf(page), huge)) return;
    return handle(model, vma, page, write, byProgram);
  }
  const entry = model.current.entries.get(page);
  if (!entry || entry.kind === 'marker') {
    missing(model, vma, page, write, entry?.wp ?? false);
    if (entry && write) handle(model, vma, page, write, byProgram);
    return;
  }
  if (entry.kind === 'guard') throw new Signal('SIGSEGV');
  if (entry.kind === 'swap') {
    swapIn(model, vma, page, entry, write);
    return;
  }
  entry.young = true;
  if (!write) return;
  if (entry.write) entry.dirty ||= byProgram;
  else writeProtected(model, vma, page, entry);
}

/** An access to a hole. */
function missing(model: ModelState, vma: Vma, page: number, write: boolean, wp: boolean): void {
  const process = model.current;
  const tile = tileOf(page);
  if (vma.backing) return missingBacked(model, vma, vma.backing, page, write, wp);
  if (!process.tables.has(tile) && enabled(model, vma) && suits(vma, tile)) {
    prepareAnonVma(model, vma);
    makeHuge(model, tile, write);
    return;
  }
  model.charge(1);
  if (!write) {
    setEntry(process, page, bareEntry('zero', { wp }));
    return;
  }
  prepareAnonVma(model, vma);
  const frame = newFrame(true);
  // pte_mkuffd_wp takes the write bit away again; the write then faults again.
  setEntry(process, page, pageEntry(frame, { soft: true, write: !wp, dirty: true, wp }));
}

/** do_read_fault, do_cow_fault, do_shared_fault. */
function missingBacked(
  model: ModelState,
  vma: Vma,
  backing: Backing,
  page: number,
  write: boolean,
  wp: boolean,
): void {
  const process = model.current;
  const index = vma.pgoff + (page - vma.start);
  if (write && !vma.shared) {
    prepareAnonVma(model, vma);
    if (index >= backing.pages) throw new Signal('SIGBUS');
    cachedFrame(backing, index);
    model.charge(1);
    setEntry(process, page, pageEntry(newFrame(true), { soft: true, write: !wp, dirty: true, wp }));
    return;
  }
  if (!write && faultAround(model, vma, backing, page)) return;
  if (index >= backing.pages) throw new Signal('SIGBUS');
  const frame = cachedFrame(backing, index);
  if (mapCompound(model, vma, page, write)) return;
  model.charge(1);
  const writable = (write || vma.pageProt.access === 'rw') && !wp;
  setEntry(process, page, pageEntry(frame, { soft: write, write: writable, dirty: write, wp }));
}

/**
 * do_fault_around, rule 30; the window starts with the VMA where that starts within the aligned one, and is full length
 * even then (trace r0342). True where `page` itself is mapped now.
 */
function faultAround(model: ModelState, vma: Vma, backing: Backing, page: number): boolean {
  const process = model.current;
  const pages = model.machine.faultAround / 4096;
  if (pages <= 1 || vma.uffd) return false;
  const first = Math.max(page - (page % pages), vma.start);
  const end = Math.min(first + pages, vma.end, (tileOf(first) + 1) * TILE);
  const cached = (at: number): Frame | undefined => {
    const index = vma.pgoff + (at - vma.start);
    return index < backing.pages ? backing.cache.get(index) : undefined;
  };
  for (let at = first; at < end; at++) {
    if (!cached(at)) continue;
    if (mapCompound(model, vma, at, false)) return true;
    break;
  }
  for (let at = first; at < end; at++) {
    const frame = cached(at);
    if (!frame || process.entries.has(at)) continue;
    model.charge(1);
    setEntry(process, at, pageEntry(frame, { write: vma.pageProt.access === 'rw' }));
  }
  return process.entries.get(page)?.kind === 'page';
}

/** do_wp_page: a write to an entry that is present and not writable. */
function writeProtected(model: ModelState, vma: Vma, page: number, entry: Entry): void {
  entry.wp = false;
  const frame = entry.frame;
  const ours = frame?.anon === true && (frame.exclusive || reusable(frame));
  if (vma.shared || ours) {
    if (frame?.anon) {
      frame.exclusive = true;
      if (frame.slot?.count === 0) forgetSlot(frame);
    }
    Object.assign(entry, { soft: true, write: true, dirty: true });
    return;
  }
  prepareAnonVma(model, vma);
  setEntry(model.current, page, pageEntry(newFrame(true), { soft: true, write: true, dirty: true }));
}

/** Whether no entry but the one that maps it refers to the page, in memory or in swap. */
export const unshared = (frame: Frame): boolean =>
  frame.maps === 1 && (frame.slot === null || frame.slot.count === 0);

/** Whether a write may reuse the page. */
const reusable = (frame: Frame): boolean => unshared(frame) && frame.pins === 0;

export function forgetSlot(frame: Frame): void {
  if (frame.slot) frame.slot.frame = null;
  frame.slot = null;
}

/** do_swap_page: the entry keeps its soft bit; it is write-protected unless the access is a write to an exclusive page. */
export function swapIn(model: ModelState, vma: Vma, page: number, entry: SwapEntry, write: boolean): void {
  const slot = entry.slot;
  const fresh = slot.frame === null && slot.count === 1;
  const frame = slot.frame ?? newFrame(true);
  if (slot.frame === null) frame.exclusive = false;
  if (!fresh) {
    slot.frame = frame;
    frame.slot = slot;
  }
  const { soft, wp, exclusive } = entry;
  const mapped = pageEntry(frame, { soft, wp });
  setEntry(model.current, page, mapped);
  if (write && reusable(frame)) forgetSlot(frame);
  if (fresh || exclusive || (frame.slot === null && frame.maps === 1)) {
    frame.exclusive = true;
    if (write) Object.assign(mapped, { soft: true, write: vma.write && !wp, dirty: true });
  }
  if (write && !mapped.write) writeProtected(model, vma, page, mapped);
}

/**
 * faultin_page of get_user_pages: the page is there, writable if `write`, as after an access; it does not check the
 * VMA's rights. Throws the Signal that the fault would raise.
 */
export function faultIn(model: ModelState, page: number, write: boolean): void {
  const vma = vmaAt(model.current, page);
  if (!vma) throw new Signal('SIGSEGV');
  const huge = model.current.huge.get(tileOf(page));
  const entry = model.current.entries.get(page);
  const there = huge ? !write || huge.write : entry && isPresent(entry) && (!write || entry.write);
  if (!there) handle(model, vma, page, write, false);
}

/** touch_pmd, for FOLL_TOUCH: a huge page becomes young, and for a write dirty, soft-dirty with it. */
export function touchHuge(model: ModelState, page: number, write: boolean): void {
  const huge = model.current.huge.get(tileOf(page));
  if (huge) Object.assign(huge, { young: true }, write ? { soft: true, dirty: true } : {});
}
