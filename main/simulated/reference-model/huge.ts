/** Huge PMDs: how they are made, split and written; rules 10 to 12, 36 to 40. */
import type { ModelState } from './model-state.ts';
import {
  entriesIn,
  isAnonymous,
  bareEntry,
  pageEntry,
  newFrame,
  TILE,
  tileOf,
  vmaAt,
  type Backing,
  type Huge,
  type Process,
  type SwapEntry,
  type Vma,
} from './state.ts';
import { cachedFrame, clearEntry, clearHuge, setEntry, setHuge, unmapEntry } from './entries.ts';

/** __split_huge_pmd. Anonymous: 512 entries that inherit; the huge zero page: 512 zero pages; shared: nothing stays. */
export function splitHuge(process: Process, tile: number): void {
  const huge = process.huge.get(tile);
  if (!huge) return;
  const vma = vmaAt(process, tile * TILE);
  const frames = huge.frames;
  for (const frame of frames ?? []) {
    frame.exclusive = frames?.[0]?.exclusive ?? false;
    // Written since MADV_FREE: the page is marked dirty and will not be dropped.
    if (huge.dirty) frame.lazy = false;
  }
  clearHuge(process, tile);
  if (huge.shared) return;
  process.tables.add(tile);
  for (let index = 0; index < TILE; index++) {
    const { soft, write, young, wp } = huge;
    const entry = frames
      ? pageEntry(frames[index], { soft, write: write && (vma?.write ?? false), young, wp })
      : bareEntry('zero', { wp });
    setEntry(process, tile * TILE + index, entry);
    entry.pins = huge.pins.get(index) ?? 0;
    if (entry.frame) entry.frame.pins += entry.pins;
  }
}

/**
 * split_huge_page: the page itself is divided. Its entries pass through migration entries, which bring the D bit back,
 * and soft-dirty with it (pte_mkdirty on x86).
 */
export function divideHuge(process: Process, tile: number): void {
  const { dirty = false, soft = false } = process.huge.get(tile) ?? {};
  const lazy = process.huge.get(tile)?.frames?.map((frame) => frame.lazy);
  splitHuge(process, tile);
  for (const [page, entry] of entriesIn(process, tile * TILE, (tile + 1) * TILE)) {
    entry.dirty = dirty;
    entry.soft = soft || dirty;
    if (entry.kind === 'page') entry.frame.lazy = lazy?.[page % TILE] ?? false;
  }
}

/** Splits the huge PMD that is across the border at `page`. */
export function splitHugeAt(model: ModelState, page: number): void {
  if (page % TILE !== 0) splitHuge(model.current, tileOf(page));
}

/** Whether the 2 MiB around `page` are entirely in `vma`, and at the same place of a huge page of its file. */
export function suits(vma: Vma, tile: number): boolean {
  if (vma.backing && (vma.start - vma.pgoff) % TILE !== 0) return false;
  return tile * TILE >= vma.start && (tile + 1) * TILE <= vma.end;
}

/** Whether THP is on for faults and khugepaged in this VMA (hugepage_vma_check with the system's settings). */
export function enabled(model: ModelState, vma: Vma): boolean {
  if (!isAnonymous(vma) || vma.advice === 'nohugepage') return false;
  return model.machine.thp === 'always' || (model.machine.thp === 'madvise' && vma.advice === 'hugepage');
}

/** do_huge_pmd_anonymous_page, rule 36. */
export function makeHuge(model: ModelState, tile: number, write: boolean, writable = write): void {
  model.charge(TILE);
  const frames = write ? Array.from({ length: TILE }, () => newFrame(true)) : null;
  const shared = false;
  setHuge(model.current, tile, {
    pins: new Map(),
    frames,
    shared,
    soft: write,
    write: writable,
    dirty: write,
    young: true,
    wp: false,
  });
}

/** do_set_pmd: maps a huge page that the page cache holds. False if this VMA cannot have it. */
export function mapCompound(model: ModelState, vma: Vma, page: number, write: boolean): boolean {
  const tile = tileOf(page);
  if (!vma.backing || model.current.tables.has(tile) || !suits(vma, tile)) return false;
  const first = vma.pgoff + (tile * TILE - vma.start);
  if (!vma.backing.compound.has(first / TILE)) return false;
  if (write && !vma.shared) return false;
  model.charge(TILE);
  setHuge(model.current, tile, mappingOf(vma, vma.backing, first, write));
  return true;
}

function mappingOf(vma: Vma, backing: Backing, first: number, write: boolean): Huge {
  const frames = Array.from({ length: TILE }, (_, index) => cachedFrame(backing, first + index));
  const writable = write || vma.pageProt.access === 'rw';
  return {
    pins: new Map(),
    frames,
    shared: true,
    soft: write,
    write: writable,
    dirty: write,
    young: true,
    wp: false,
  };
}

/**
 * A write to a huge PMD that is not writable (wp_huge_pmd, rule 38): the whole PMD becomes writable if its pages are
 * exclusive, else it is split and the access continues with small pages. True if the write is done.
 */
export function writeProtectedHuge(model: ModelState, vma: Vma, tile: number, huge: Huge): boolean {
  if (huge.shared || !huge.frames || huge.wp) {
    splitHuge(model.current, tile);
    return false;
  }
  const ours = huge.frames[0].exclusive || huge.frames.every((frame) => frame.maps === 1 && frame.pins === 0);
  if (!ours) {
    splitHuge(model.current, tile);
    return false;
  }
  for (const frame of huge.frames) frame.exclusive = true;
  Object.assign(huge, { soft: true, write: vma.write, dirty: true, young: true });
  return true;
}

type CollapseResult = 'collapsed' | 'already-huge' | 'later' | 'busy' | 'never';

/** hpage_collapse_scan_pmd and collapse_huge_page for anonymous memory, as MADV_COLLAPSE (rule 40) or as khugepaged. */
export function collapseAnonymous(
  model: ModelState,
  vma: Vma,
  tile: number,
  byKhugepaged: boolean,
  swapIn: (page: number, entry: SwapEntry) => void,
): CollapseResult {
  const process = model.current;
  if (process.huge.has(tile)) return 'already-huge';
  if (!process.tables.has(tile)) return 'later';
  const found = entriesIn(process, tile * TILE, (tile + 1) * TILE).map(([, entry]) => entry);
  const swapped = found.filter((entry) => entry.kind === 'swap').length;
  const pages = found.filter((entry) => entry.kind === 'page');
  const young = pages.filter((entry) => entry.young).length;
  if (byKhugepaged) {
    const empty = TILE - swapped - pages.length;
    const sharedPages = pages.filter((entry) => entry.frame.maps > 1).length;
    if (swapped > 64 || empty > 511 || sharedPages > 256) return 'later';
  }
  if (found.some((entry) => entry.kind === 'guard')) return 'never';
  if (vma.uffd && found.length < TILE) return 'never';
  if (found.some((entry) => entry.wp)) return 'later';
  if (pages.some((entry) => entry.frame.pins > 0)) return 'busy';
  if (!pages.some((entry) => entry.write)) return 'later';
  if (byKhugepaged && (young === 0 || (swapped > 0 && young < TILE / 2))) return 'later';
  for (const [page, entry] of entriesIn(process, tile * TILE, (tile + 1) * TILE)) {
    if (entry.kind === 'swap') swapIn(page, entry);
  }
  for (let page = tile * TILE; page < (tile + 1) * TILE; page++) clearEntry(process, page);
  process.tables.delete(tile);
  makeHuge(model, tile, true, vma.write);
  return 'collapsed';
}

/** hpage_collapse_scan_file and collapse_file for shared memory, with the mapping that MADV_COLLAPSE then makes. */
export function collapseBacking(model: ModelState, vma: Vma, backing: Backing, tile: number): CollapseResult {
  const first = vma.pgoff + (tile * TILE - vma.start);
  if (model.current.huge.has(tile)) return 'already-huge';
  const hasTable = model.current.tables.has(tile);
  if (backing.compound.has(first / TILE)) {
    const own = entriesIn(model.current, tile * TILE, (tile + 1) * TILE);
    if (vma.uffd) return 'later';
    if (own.some(([, entry]) => entry.frame?.anon ?? entry.kind !== 'marker')) return 'never';
  } else {
    const cached = Array.from({ length: TILE }, (_, index) => backing.cache.get(first + index));
    if (cached.every((frame) => !frame)) return 'never';
    if (cached.some((frame) => frame && frame.pins > 0)) return 'busy';
    unmapEverywhere(model, backing, first);
    for (let index = 0; index < TILE; index++) backing.cache.set(first + index, newFrame(false));
    backing.compound.add(first / TILE);
    // A VMA with private copies is left alone, and so is one without a page table.
    if (vma.anonVma || !hasTable) return 'never';
    if (vma.uffd) return 'later';
  }
  for (let page = tile * TILE; page < (tile + 1) * TILE; page++) clearEntry(model.current, page);
  model.current.tables.delete(tile);
  model.charge(TILE);
  setHuge(model.current, tile, mappingOf(vma, backing, first, false));
  return 'collapsed';
}

/** try_to_unmap of the 512 pages from `first`: their entries go in every process. */
function unmapEverywhere(model: ModelState, backing: Backing, first: number): void {
  for (const process of model.alive()) {
    for (const [page, entry] of [...process.entries]) {
      const vma = vmaAt(process, page);
      if (vma?.backing !== backing || !entry.frame || entry.frame.anon) continue;
      const index = vma.pgoff + (page - vma.start);
      if (index >= first && index < first + TILE) unmapEntry(process, page);
    }
  }
}
