import { PAGE_SIZE } from '#shared/memory/page.ts';
import { PageRanges } from '../tracking/registration/page-ranges.ts';
import { WholeFile } from '../process/read-whole.ts';
import { userfaultfdsOf } from './userfaultfds.ts';

/** How long the result of smaps is used, in milliseconds. */
const RELY_MS = 250;
/** Part of the time that reading it may take. */
const MAX_SHARE = 0.1;

/**
 * Where the page faults of a process are resolved by a userfaultfd, its own or one that it passed on: lazy restore of virtual
 * machines, garbage collectors. A page there that disappears between reading the page table and reading its contents
 * would cause a fault of ours, for which we would wait until the program resolves it. So nothing is read there.
 */
export class HandledFaults {
  private readonly pid: number;
  private readonly file: WholeFile;
  private ranges = new PageRanges();
  private key = '';
  private first = true;
  private dueAt = -Infinity;

  /** `smaps`: its open /proc/PID/smaps. */
  constructor(pid: number, smaps: number) {
    this.pid = pid;
    this.file = new WholeFile(smaps);
  }

  /**
   * Reads smaps, which walks every page table: the first time, and then every 250 ms while the program has a userfaultfd.
   * Returns whether anything changed.
   */
  refreshIfDue(): boolean {
    const begin = performance.now();
    if (begin < this.dueAt) return false;
    this.dueAt = begin + RELY_MS;
    const first = this.first;
    this.first = false;
    if (!first && this.key === '' && userfaultfdsOf(this.pid).every(({ use }) => use === 'tracks-writes'))
      return false;
    const found = handledRanges(this.file.read().toString('latin1'));
    const now = performance.now();
    this.dueAt = now + Math.max(RELY_MS, (now - begin) / MAX_SHARE);
    const key = found.join(' ');
    if (key === this.key) return false;
    this.key = key;
    this.ranges = new PageRanges();
    for (const [start, end] of found) this.ranges.add(start, end);
    return true;
  }

  /** Number of pages from `start` to the first one whose faults are handled, or to `end`. */
  pagesBefore(start: number, end: number): number {
    let pages = 0;
    this.ranges.forEachPart(start, end, (_from, to, handled) => {
      if (!handled) pages = to - start;
      return !handled;
    });
    return pages;
  }
}

/** VMAs with VM_UFFD_MISSING or VM_UFFD_MINOR, "um" and "ui" in VmFlags (fs/proc/task_mmu.c, show_smap_vma_flags). */
function handledRanges(smaps: string): [start: number, end: number][] {
  if (!/^VmFlags:.* u[mi]\b/m.test(smaps)) return [];
  const found: [number, number][] = [];
  let at: [number, number] = [0, 0];
  for (const [, start, end, handled] of smaps.matchAll(
    /^(?:([0-9a-f]+)-([0-9a-f]+) |VmFlags:.* (u[mi])\b)/gm,
  )) {
    if (handled === undefined)
      at = [Number.parseInt(start, 16) / PAGE_SIZE, Number.parseInt(end, 16) / PAGE_SIZE];
    else found.push(at);
  }
  return found;
}
