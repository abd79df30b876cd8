/** Every change of what a page table holds passes through here, so that the counts of frames and swap slots stay right. */
import {
  bareEntry,
  isAnonymous,
  newFrame,
  tileOf,
  vmaAt,
  type Backing,
  type Entry,
  type Frame,
  type Huge,
  type Process,
} from './state.ts';

/** Puts `entry` in place of what was there; its page table exists from now on. */
export function setEntry(process: Process, page: number, entry: Entry): void {
  const old = process.entries.get(page);
  if (entry.frame) entry.frame.maps++;
  if (entry.slot) entry.slot.count++;
  if (old) drop(old);
  process.entries.set(page, entry);
  process.tables.add(tileOf(page));
}

/** Makes a hole; the page table stays. */
export function clearEntry(process: Process, page: number): void {
  const entry = process.entries.get(page);
  if (!entry) return;
  drop(entry);
  process.entries.delete(page);
}

function drop(entry: Entry): void {
  if (entry.frame) {
    entry.frame.maps--;
    entry.frame.pins -= entry.pins;
  }
  if (entry.slot) entry.slot.count--;
}

export function setHuge(process: Process, tile: number, huge: Huge): void {
  for (const frame of huge.frames ?? []) frame.maps++;
  process.huge.set(tile, huge);
}

/** Makes the PMD empty. */
export function clearHuge(process: Process, tile: number): void {
  const huge = process.huge.get(tile);
  huge?.frames?.forEach((frame, index) => {
    frame.maps--;
    frame.pins -= huge.pins.get(index) ?? 0;
  });
  process.huge.delete(tile);
}

/**
 * Makes a hole; in an armed file mapping a marker replaces a write-protected entry (pte_install_uffd_wp_if_needed).
 */
export function unmapEntry(process: Process, page: number): void {
  const entry = process.entries.get(page);
  const vma = vmaAt(process, page);
  if (entry?.wp && vma?.uffd && !isAnonymous(vma))
    setEntry(process, page, bareEntry('marker', { wp: true, young: false }));
  else clearEntry(process, page);
}

/** The page of `backing` at `index`, brought into the cache if it is not there yet. */
export function cachedFrame(backing: Backing, index: number): Frame {
  const cache = backing.cache;
  let frame = cache.get(index);
  if (!frame) {
    frame = newFrame(false);
    cache.set(index, frame);
  }
  return frame;
}
