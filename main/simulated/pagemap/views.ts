import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { FILE, PRESENT, WRITABLE, ZERO } from '../mm/tile.ts';
import { permissionsText, VM_ACCESS, VM_HUGETLB, vmFlagsText, VM_SOFTDIRTY } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';

/** One VMA as smaps shows it. */
interface SmapsEntry {
  readonly start: number;
  readonly end: number;
  readonly permissions: string;
  readonly softDirty: boolean;
  readonly anonHugeKb: number;
  readonly flags: string;
}

/** /proc/PID/smaps: the VMAs that have a page in [start, end), whole. */
export function smaps(mm: MmStruct, start = 0, end = Infinity): SmapsEntry[] {
  const entries: SmapsEntry[] = [];
  for (let at = mm.vmas.indexAfter(start); ; at++) {
    const vma = mm.vmas.at(at);
    if (vma === undefined || vma.start >= end) return entries;
    entries.push({
      start: vma.start,
      end: vma.end,
      permissions: permissionsText(vma.flags),
      softDirty: (vma.flags & VM_SOFTDIRTY) !== 0,
      anonHugeKb: anonHugeKb(mm, vma),
      flags: vmFlagsText(vma.flags),
    });
  }
}

/** smaps_pmd_entry(): the huge zero page does not count, nor do pages of files, nor pages that PROT_NONE hides (pmd_protnone()). */
function anonHugeKb(mm: MmStruct, vma: Vma): number {
  if (!vma.anonymous || (vma.flags & VM_HUGETLB) !== 0 || (vma.flags & VM_ACCESS) === 0) return 0;
  let kb = 0;
  const { table } = mm;
  for (let tile = table.next(vma.start, vma.end); tile !== null; tile = table.next(tile.end, vma.end)) {
    if (tile.huge !== 0 && (tile.huge & (ZERO | FILE)) === 0) kb += PAGES_PER_TILE * 4;
  }
  return kb;
}

/** A run of present entries with the same write right. */
export interface PteRun {
  readonly start: number;
  readonly end: number;
  readonly level: 'pte' | 'pmd';
  readonly writable: boolean;
}

/** The real page tables of [start, end), as ptdump lists them: entries of PROT_NONE have no PRESENT bit and are absent. */
export function pageTableRuns(mm: MmStruct, start = 0, end = Infinity): PteRun[] {
  const runs: { start: number; end: number; level: 'pte' | 'pmd'; writable: boolean }[] = [];
  const add = (from: number, to: number, level: 'pte' | 'pmd', writable: boolean): void => {
    const last = runs.at(-1);
    if (last !== undefined && last.end === from && last.level === level && last.writable === writable)
      last.end = to;
    else runs.push({ start: from, end: to, level, writable });
  };
  for (let at = mm.vmas.indexAfter(start); ; at++) {
    const vma = mm.vmas.at(at);
    if (vma === undefined || vma.start >= end) return runs;
    if ((vma.flags & VM_ACCESS) === 0) continue;
    const from = Math.max(start, vma.start);
    const to = Math.min(end, vma.end);
    const { table } = mm;
    for (let tile = table.next(from, to); tile !== null; tile = table.next(tile.end, to)) {
      if (tile.huge !== 0) {
        add(tile.base, tile.end, 'pmd', (tile.huge & WRITABLE) !== 0);
        continue;
      }
      const stop = Math.min(to, tile.end);
      for (let page = Math.max(from, tile.base); page < stop; page++) {
        const flags = tile.entry(page - tile.base);
        if ((flags & PRESENT) !== 0) add(page, page + 1, 'pte', (flags & WRITABLE) !== 0);
      }
    }
  }
}

/** The aligned 2 MiB that one PMD entry maps, the huge zero page included, PROT_NONE ones not. */
export function hugePages(mm: MmStruct, start = 0, end = Infinity): { page: number; writable: boolean }[] {
  const pages: { page: number; writable: boolean }[] = [];
  for (const run of pageTableRuns(mm, start, end)) {
    if (run.level !== 'pmd') continue;
    for (let page = run.start; page < run.end; page += PAGES_PER_TILE)
      pages.push({ page, writable: run.writable });
  }
  return pages;
}
