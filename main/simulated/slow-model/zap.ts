/** Entries come and go: every change of what a page table holds passes here, so that counts stay right. */
import { splitHuge } from './huge.ts';
import {
  entriesIn,
  holdsTile,
  hugeIn,
  isAnonymous,
  newFrame,
  tileOf,
  type Backing,
  type Entry,
  type Frame,
  type Huge,
  type Process,
  type Vma,
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
  if (entry.frame) entry.frame.maps--;
  if (entry.slot) entry.slot.count--;
}

export function setHuge(process: Process, tile: number, huge: Huge): void {
  for (const frame of huge.frames ?? []) frame.maps++;
  process.huge.set(tile, huge);
}

/** Makes the PMD empty. */
export function clearHuge(process: Process, tile: number): void {
  const huge = process.huge.get(tile);
  for (const frame of huge?.frames ?? []) frame.maps--;
  process.huge.delete(tile);
}

/** zap_page_range: the entries of [start, end) become holes; huge PMDs that are only partly in it are split first. */
export function zap(process: Process, start: number, end: number, keep?: (entry: Entry) => boolean): void {
  for (const [tile] of hugeIn(process, start, end)) {
    if (holdsTile(start, end, tile)) clearHuge(process, tile);
    else splitHuge(process, tile);
  }
  for (const [page, entry] of entriesIn(process, start, end)) if (!keep?.(entry)) clearEntry(process, page);
}

/** The page of `backing` at `index`, brought into the cache where it is not there yet. */
export function cachedFrame(backing: Backing, index: number): Frame {
  const cache = backing.cache;
  let frame = cache.get(index);
  if (!frame) {
    frame = newFrame(false);
    cache.set(index, frame);
  }
  return frame;
}

/** What MADV_DONTNEED leaves alone: guard markers always, write-protection markers of files. */
export function survivesDontneed(vma: Vma): (entry: Entry) => boolean {
  return (entry) => entry.kind === 'guard' || (entry.kind === 'marker' && !isAnonymous(vma));
}
