/** Removal of the entries of a range: munmap, truncate, MADV_DONTNEED. */
import { clearEntry, clearHuge, unmapEntry } from './entries.ts';
import { splitHuge } from './huge.ts';
import { entriesIn, holdsTile, hugeIn, type Process } from './state.ts';

/** zap_page_range: the entries of [start, end) become holes; huge PMDs that are only partly in it are split first. */
export function zap(process: Process, start: number, end: number): void {
  zapHuge(process, start, end);
  for (const [page] of entriesIn(process, start, end)) clearEntry(process, page);
}

/** MADV_DONTNEED: the same, but guard markers stay, and the write-protection of files. */
export function dontNeed(process: Process, start: number, end: number): void {
  zapHuge(process, start, end);
  for (const [page, entry] of entriesIn(process, start, end))
    if (entry.kind !== 'guard') unmapEntry(process, page);
}

function zapHuge(process: Process, start: number, end: number): void {
  for (const [tile] of hugeIn(process, start, end)) {
    if (holdsTile(start, end, tile)) clearHuge(process, tile);
    else splitHuge(process, tile);
  }
}
