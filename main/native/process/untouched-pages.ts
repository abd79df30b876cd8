import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { forEachMapsLine, type MapsVma, parseMapsLine } from './maps.ts';

/** Part of the time that reading maps may take. */
const MAX_SHARE = 0.1;

/**
 * Contents of pages that are not in the page table, without a page fault: reading them as the process does would map
 * them, and would allocate pages of shared memory that were never touched.
 */
export class UntouchedPages {
  private readonly pid: number;
  private vmas: MapsVma[] = [];
  private dueAt = -Infinity;

  /** @param pid a thread that has memory */
  constructor(pid: number) {
    this.pid = pid;
  }

  /**
   * Copies pages from `page` on to `target`, which is zero; at most to the end of their VMA. Returns how many whole pages; null if
   * only a fault shows them: special mappings, devices, files of which the inspector may not open the mapping (CAP_SYS_ADMIN or
   * CAP_CHECKPOINT_RESTORE, proc_pid_map_files(5)).
   */
  read(page: number, target: Uint8Array): number | null {
    const vma = this.find(page);
    if (vma === null || !vma.read) return null;
    const pages = Math.min(target.length / PAGE_SIZE, vma.end - page);
    const { kind, name } = vma;
    const isAnonymous = kind === 'heap' || kind === 'stack' || (kind === 'anon-private' && !isFile(name));
    if (isAnonymous) return pages;
    if (kind === 'special') return null;
    return this.readFile(vma, page, target.subarray(0, pages * PAGE_SIZE));
  }

  private find(page: number): MapsVma | null {
    const begin = performance.now();
    if (begin >= this.dueAt) {
      this.vmas = [];
      const text = readFileSync(`/proc/${this.pid}/maps`, 'latin1');
      forEachMapsLine(text, (line) => this.vmas.push(parseMapsLine(line)));
      const now = performance.now();
      this.dueAt = now + (now - begin) / MAX_SHARE;
    }
    return this.vmas.find(({ start, end }) => start <= page && page < end) ?? null;
  }

  private readFile({ start, end, pgoff }: MapsVma, page: number, target: Uint8Array): number | null {
    const [from, to] = [start, end].map((one) => (one * PAGE_SIZE).toString(16));
    const path = `/proc/${this.pid}/map_files/${from}-${to}`;
    try {
      // Opening a device can have side effects.
      if (!statSync(path).isFile()) return null;
      const fd = openSync(path, 'r');
      try {
        const count = readSync(fd, target, 0, target.length, (pgoff + page - start) * PAGE_SIZE);
        return Math.ceil(count / PAGE_SIZE);
      } finally {
        closeSync(fd);
      }
    } catch {
      return null;
    }
  }
}

/** Private memory with a name that is a path, such as huge pages of the kernel's own hugetlbfs. */
const isFile = (name: string): boolean => name.startsWith('/');
