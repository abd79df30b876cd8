import { closeSync, openSync, readSync } from 'node:fs';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { memoryThread } from './status.ts';

/**
 * /proc/PID/mem, opened when it is first needed. It reads memory without access rights too (PROT_NONE: FOLL_FORCE, unless
 * the kernel was started with proc_mem.force_override=never), and belongs to the address space in which it was opened.
 */
export class MemoryFile {
  private readonly pid: number;
  /** Null if it may not be opened, and when it was closed. */
  private fd: number | null | undefined;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** Reads at most `pages` pages from `page` on to the beginning of `bytes`. Returns how many; 0 if the first cannot be read. */
  read(page: number, pages: number, bytes: Uint8Array): number {
    if (this.fd === undefined) this.fd = this.open();
    if (this.fd === null) return 0;
    try {
      return Math.floor(readSync(this.fd, bytes, 0, pages * PAGE_SIZE, page * PAGE_SIZE) / PAGE_SIZE);
    } catch {
      return 0;
    }
  }

  close(): void {
    if (typeof this.fd === 'number') closeSync(this.fd);
    this.fd = null;
  }

  private open(): number | null {
    try {
      return openSync(`/proc/${memoryThread(this.pid)}/mem`, 'r');
    } catch {
      return null;
    }
  }
}
