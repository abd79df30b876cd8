import { PAGE_SIZE } from '#shared/memory/page.ts';
import type { WholeFile } from '../../process/read-whole.ts';

/** Fields of smaps for one VMA. */
export interface SmapsVma {
  readonly start: number;
  readonly end: number;
  /** Pages that it has in memory, the zero page not counted. */
  readonly resident: number;
  /** Pages of it in swap. */
  readonly swapped: number;
  /** VM_SOFTDIRTY, "sd" in VmFlags. */
  readonly softDirty: boolean;
}

/**
 * The VMAs of at least `leastPages` in an open smaps file, by their first page. The kernel walks every page table for
 * it: 13 µs a VMA (fs/proc/task_mmu.c, show_smap).
 */
export function readSmaps(file: WholeFile, leastPages: number): Map<number, SmapsVma> {
  const found = new Map<number, SmapsVma>();
  const text = file.read().toString('latin1');
  // A VMA's own line is the only kind that has a dash among the first characters and no colon before it.
  const header = /^([0-9a-f]+)-([0-9a-f]+) /gm;
  for (let match = header.exec(text); match;) {
    const next = header.exec(text);
    const start = Number.parseInt(match[1], 16) / PAGE_SIZE;
    const end = Number.parseInt(match[2], 16) / PAGE_SIZE;
    if (end - start >= leastPages) {
      const part = text.slice(match.index, next?.index);
      const pages = (field: string) =>
        (Number(new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm').exec(part)?.[1] ?? 0) * 1024) / PAGE_SIZE;
      found.set(start, {
        start,
        end,
        resident: pages('Rss'),
        swapped: pages('Swap'),
        softDirty: /^VmFlags:.* sd( |$)/m.test(part),
      });
    }
    match = next;
  }
  return found;
}
