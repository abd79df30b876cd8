/** Swap, migration and pins; fork and exit. */
import { faultIn } from './faults.ts';
import { splitHuge } from './huge.ts';
import type { ModelState } from './model-state.ts';
import {
  entriesIn,
  Errno,
  holdsTile,
  hugeIn,
  bareEntry,
  pageEntry,
  swapEntry,
  newFrame,
  Signal,
  TILE,
  tileOf,
  vmaAt,
  type Backing,
  type Entry,
  type Frame,
  type Process,
  type Vma,
} from './state.ts';
import { clearEntry, clearHuge, setEntry, setHuge, unmapEntry } from './entries.ts';
import { zap } from './zap.ts';

/** shrink_folio_list and try_to_unmap for one small page: true if it left memory. */
export function reclaimFrame(model: ModelState, frame: Frame, backing: Backing | null): boolean {
  if (frame.pins > 0) return false;
  if (frame.anon) splitAround(model, frame);
  const mappings = model.mappings(frame);
  if (!frame.anon) {
    if (!model.machine.swap || backing === null) return false;
    const index = [...backing.cache].find(([, cached]) => cached === frame)?.[0];
    if (index === undefined || backing.compound.has(Math.floor(index / TILE))) return false;
    for (const { process, page } of mappings) unmapEntry(process, page);
    backing.cache.delete(index);
    return true;
  }
  if (frame.lazy) {
    if (mappings.some(({ entry }) => entry.dirty)) {
      // Written since MADV_FREE: ordinary memory again, not reclaimed in this pass.
      frame.lazy = false;
      return false;
    }
    for (const { process, page } of mappings) clearEntry(process, page);
    return true;
  }
  if (!model.machine.swap) return false;
  const slot = frame.slot ?? { count: 0, frame: null };
  const exclusive = frame.exclusive;
  for (const { process, page, entry } of mappings) {
    const { soft, wp } = entry;
    setEntry(process, page, swapEntry(slot, exclusive, { soft, wp, young: false }));
  }
  slot.frame = null;
  frame.slot = null;
  return true;
}

/** TTU_SPLIT_HUGE_PMD: if a huge PMD maps the page, it is split. */
function splitAround(model: ModelState, frame: Frame): void {
  if (model.mappings(frame).length === frame.maps) return;
  for (const process of model.alive()) {
    for (const [tile, huge] of [...process.huge]) if (huge.frames?.includes(frame)) splitHuge(process, tile);
  }
}

/** A huge page of the cache goes to swap: {pages that left}. */
export function reclaimCompound(model: ModelState, backing: Backing, first: number): number {
  const frames = Array.from({ length: TILE }, (_, index) => backing.cache.get(first + index));
  if (!model.machine.swap || frames.some((frame) => frame && frame.pins > 0)) return 0;
  for (const process of model.alive()) {
    for (const [tile, huge] of [...process.huge]) {
      if (huge.shared && huge.frames?.[0] === frames[0]) clearHuge(process, tile);
    }
    for (const frame of frames) {
      for (const mapping of frame ? model.mappings(frame) : []) unmapEntry(mapping.process, mapping.page);
    }
  }
  for (let index = 0; index < TILE; index++) backing.cache.delete(first + index);
  backing.compound.delete(first / TILE);
  return TILE;
}

/** Memory pressure on [start, end): {pages that left memory}. */
export function reclaim(model: ModelState, start: number, end: number): number {
  const process = model.current;
  let left = 0;
  const kept = new Set<Frame>();
  for (const [tile, huge] of hugeIn(process, start, end)) {
    if (!huge.frames || huge.frames.some((frame) => frame.pins > 0)) continue;
    const vma = vmaAt(process, tile * TILE);
    if (huge.shared && vma?.backing) {
      if (!holdsTile(start, end, tile)) continue;
      left += reclaimCompound(model, vma.backing, vma.pgoff + (tile * TILE - vma.start));
      continue;
    }
    const lazy = huge.frames[0].lazy;
    if (!model.machine.swap && !lazy) continue;
    // Written since MADV_FREE: not reclaimed in this pass.
    if (lazy && huge.dirty) for (const frame of huge.frames) kept.add(frame);
    const frames = new Set(huge.frames);
    for (const other of model.alive()) {
      if (other.huge.get(tile)?.frames?.some((frame) => frames.has(frame))) splitHuge(other, tile);
    }
  }
  for (const [page, entry] of entriesIn(process, start, end)) {
    if (process.entries.get(page) !== entry || entry.kind !== 'page' || kept.has(entry.frame)) continue;
    if (reclaimFrame(model, entry.frame, vmaAt(process, page)?.backing ?? null)) left++;
  }
  return left;
}

/** move_pages(2) of the pages that this process alone maps: {pages moved}; a dirty entry comes back soft-dirty. */
export function migrate(model: ModelState, start: number, end: number): number {
  const process = model.current;
  let moved = 0;
  for (const [, huge] of hugeIn(process, start, end)) {
    if (!huge.frames || huge.frames.some((frame) => frame.maps !== 1 || frame.pins > 0)) continue;
    huge.soft ||= huge.dirty;
    moved += TILE;
  }
  for (const [, entry] of entriesIn(process, start, end)) {
    if (entry.kind !== 'page' || entry.frame.maps !== 1 || entry.frame.pins > 0) continue;
    entry.soft ||= entry.dirty;
    moved++;
  }
  return moved;
}

/** pin_user_pages(FOLL_WRITE | FOLL_LONGTERM): {pages pinned}; if one cannot be had, none stays pinned. */
export function pin(model: ModelState, start: number, end: number): number {
  for (let page = start; page < end; page++) {
    const vma = vmaAt(model.current, page);
    if (!vma || vma.device || !vma.write) throw new Errno('EFAULT');
    try {
      faultIn(model, page, true);
    } catch (error) {
      throw error instanceof Signal ? new Errno(error.signal === 'SIGKILL' ? 'ENOMEM' : 'EFAULT') : error;
    }
  }
  for (let page = start; page < end; page++) changePins(model.current, page, 1);
  return end - start;
}

/** Releases one pin of each pinned page that is mapped in the range: {pages unpinned}. */
export function unpin(model: ModelState, start: number, end: number): number {
  let count = 0;
  const pages = new Set(entriesIn(model.current, start, end).map(([page]) => page));
  for (const [tile] of hugeIn(model.current, start, end)) {
    for (let page = Math.max(start, tile * TILE); page < Math.min(end, (tile + 1) * TILE); page++)
      pages.add(page);
  }
  for (const page of pages) {
    if (changePins(model.current, page, -1)) count++;
  }
  return count;
}

/** One pin more or fewer of the page that is mapped here; false if there is none to take away. */
function changePins(process: Process, page: number, change: number): boolean {
  const huge = process.huge.get(tileOf(page));
  const entry = process.entries.get(page);
  const frame = huge ? huge.frames?.[page % TILE] : entry?.frame;
  const had = huge ? (huge.pins.get(page % TILE) ?? 0) : (entry?.pins ?? 0);
  if (!frame || had + change < 0) return false;
  frame.pins += change;
  if (huge) huge.pins.set(page % TILE, had + change);
  else if (entry) entry.pins += change;
  return true;
}

/** dup_mmap, rules 25 and 44: returns the child, in which the next steps run. */
export function fork(model: ModelState): Process {
  const parent = model.current;
  const child = model.newProcess(parent);
  for (const vma of parent.vmas) {
    const anonVma = vma.anonVma ? model.newAnonVma() : null;
    const uffd = false;
    child.vmas.push({ ...vma, uffd, anonVma, chain: vma.anonVma ? vma.chain + 1 : 0 });
    if (vma.anonVma || vma.device) copyEntries(model, parent, child, vma);
  }
  return child;
}

function copyEntries(model: ModelState, parent: Process, child: Process, vma: Vma): void {
  for (const [tile, huge] of hugeIn(parent, vma.start, vma.end)) {
    if (huge.shared) continue;
    if (huge.frames?.some((frame) => frame.pins > 0)) {
      splitHuge(parent, tile);
      continue;
    }
    if (huge.frames) huge.frames[0].exclusive = false;
    huge.write = false;
    model.charge(TILE);
    setHuge(child, tile, { ...huge, pins: new Map(), young: false, wp: false });
  }
  for (let tile = tileOf(vma.start); tile <= tileOf(vma.end - 1); tile++) {
    if (parent.tables.has(tile)) child.tables.add(tile);
  }
  for (const [page, entry] of entriesIn(parent, vma.start, vma.end)) {
    if (entry.kind === 'marker') continue;
    model.charge(1);
    setEntry(child, page, copyOf(entry, vma));
  }
}

/** copy_present_pte and copy_nonpresent_pte. */
function copyOf(entry: Entry, vma: Vma): Entry {
  if (entry.kind === 'guard') return bareEntry('guard', { young: false });
  if (entry.kind === 'swap') {
    entry.exclusive = false;
    return { ...entry, wp: false, young: false };
  }
  const copy = { ...entry, pins: 0, wp: false, young: false, dirty: entry.dirty && !vma.shared };
  if (entry.frame?.anon) {
    if (entry.frame.exclusive && entry.frame.pins > 0) {
      return pageEntry(newFrame(true), { soft: true, write: vma.write, dirty: true });
    }
    entry.frame.exclusive = false;
  }
  if (!vma.shared) entry.write = copy.write = false;
  return copy;
}

/** exit_mmap; the next steps run in the nearest ancestor alive. */
export function exit(model: ModelState): Process {
  let heir = model.current.parent;
  while (heir && !heir.alive) heir = heir.parent;
  if (!heir) throw new Errno('EPERM');
  const process = model.current;
  for (const vma of process.vmas) zap(process, vma.start, vma.end);
  process.vmas = [];
  process.tables.clear();
  process.alive = false;
  return heir;
}
