import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { ScanQuery } from './pagemap-scan.ts';
import { PRIVATE_FILE_WRITTEN, PRIVATE_WRITTEN, SHARED_TOUCHED } from './queries.ts';

/** From this size a separate, cheaper scan of anonymous memory saves more than it costs. */
const LARGE_PAGES = 256;

/** A part of this many pages is scanned by itself rather than twice: once to read and once to protect. */
const LARGE_PART_PAGES = 8192;

/** A part of the address space covered by one scan. */
export interface Segment extends PageRange {
  readonly query: ScanQuery;
  /** The shared VMA that it is; null for private ones and what is between them. */
  readonly shared: Vma | null;
  /** The runs of memory of ours in it, if other memory may be in between; null if that cannot be. */
  readonly parts: readonly PageRange[] | null;
}

export const isShared = (vma: Pick<Vma, 'kind'>) => vma.kind === 'anon-shared' || vma.kind === 'file-shared';

/**
 * Cuts the whole address space into the fewest exact and cheap scans: each shared VMA by itself; private anonymous
 * VMAs that follow each other, if they are large together, apart from private file mappings. `ours`: the VMAs that are
 * registered by us, ascending. The gaps are covered too: a mapping that grew, or moved, since maps was read.
 */
export function segmentsOf(ours: readonly Vma[]): readonly Segment[] {
  const segments: Segment[] = [];
  let start = 0;
  let query = PRIVATE_FILE_WRITTEN;
  const cut = (end: number, next: ScanQuery) => {
    if (end > start) segments.push({ start, end, query, shared: null, parts: null });
    start = end;
    query = next;
  };
  for (const [i, vma] of ours.entries()) {
    if (isShared(vma)) {
      cut(vma.start, PRIVATE_FILE_WRITTEN);
      segments.push({ start: vma.start, end: vma.end, query: SHARED_TOUCHED, shared: vma, parts: null });
      start = vma.end;
    } else if (vma.kind === 'file-private') {
      if (query !== PRIVATE_FILE_WRITTEN) cut(vma.start, PRIVATE_FILE_WRITTEN);
    } else if (query !== PRIVATE_WRITTEN && isLarge(ours, i)) {
      cut(vma.start, PRIVATE_WRITTEN);
    }
  }
  cut(Infinity, PRIVATE_FILE_WRITTEN);
  return segments;
}

/**
 * The same where memory registered by others may be between ours: then no scan that protects may leave memory that is
 * ours. Small parts with gaps between them are first read together, which changes nothing.
 */
export function strictSegmentsOf(ours: readonly Vma[]): readonly Segment[] {
  const strict: Segment[] = [];
  let i = 0;
  for (const segment of segmentsOf(ours)) {
    let parts: PageRange[] = [];
    const flush = () => {
      if (parts.length === 0) return;
      const range = { start: parts[0].start, end: parts[parts.length - 1].end };
      strict.push({ ...segment, ...range, parts });
      parts = [];
    };
    for (; i < ours.length && ours[i].start < segment.end; i++) {
      const { start, end } = ours[i];
      const last = parts.at(-1);
      if (last?.end === start) parts[parts.length - 1] = { start: last.start, end };
      else parts.push({ start, end });
      const { length } = parts;
      if (parts[length - 1].end - parts[length - 1].start < LARGE_PART_PAGES) continue;
      const large = parts[length - 1];
      parts.length = length - 1;
      flush();
      parts.push(large);
      if (i + 1 === ours.length || ours[i + 1].start !== end) flush();
    }
    flush();
  }
  return strict;
}

/** Whether the private anonymous VMAs from `i` on, up to the next of another kind, have many pages. */
function isLarge(vmas: readonly Vma[], i: number): boolean {
  let pages = 0;
  for (; i < vmas.length && vmas[i].kind !== 'file-private' && !isShared(vmas[i]); i++) {
    pages += vmas[i].end - vmas[i].start;
    if (pages >= LARGE_PAGES) return true;
  }
  return false;
}
