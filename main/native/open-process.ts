import { closeSync, openSync, readSync } from 'node:fs';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { hasPagemapBit } from '#shared/memory/pagemap.ts';
import { PM_BIT } from '#shared/memory/uapi.ts';
import type { SourceEvent } from '#shared/source/source.ts';
import { checkVisible, is64Bit } from './attach/preconditions.ts';
import { HandledFaults } from './coexistence/handled-faults.ts';
import * as errors from './errors.ts';
import { memoryThread, readStatus } from './process/status.ts';
import { UntouchedPages } from './process/untouched-pages.ts';
import { pidfdExited, pidfdOpen } from './syscalls/calls.ts';
import { ERRNO } from './syscalls/constants.ts';
import { SyscallError } from './syscalls/errno.ts';

/** The descriptors of a tracked process that every backend holds: a pidfd, and its memory if it may be read. */
export class OpenProcess {
  readonly pid: number;
  readonly name: string;
  /** Whether its contents may be read. */
  readonly readable: boolean;
  /** Whether it may be stopped: that requires the same right as reading its memory. */
  readonly stoppable: boolean;
  private readonly pidfd: number;
  private readonly memory: number | null;
  private readonly files: {
    readonly pagemap: number;
    readonly smaps: number;
    readonly faults: HandledFaults;
    readonly untouched: UntouchedPages;
  } | null;

  /** Throws InspectorError if there is no such program. */
  constructor(pid: number) {
    this.pid = pid;
    this.name = checkVisible(pid).name;
    this.pidfd = openPidfd(pid);
    this.memory = openFile(pid, 'mem');
    const pagemap = openFile(pid, 'pagemap');
    const smaps = openFile(pid, 'smaps');
    this.files =
      pagemap !== null && smaps !== null
        ? {
            ...{ pagemap, smaps },
            faults: new HandledFaults(memoryThread(pid), smaps),
            untouched: new UntouchedPages(memoryThread(pid)),
          }
        : null;
    this.readable = this.memory !== null;
    this.stoppable = this.readable && is64Bit(pid);
  }

  /**
   * Contents of whole pages; shorter than requested where memory is not mapped or not readable, or where the program would have
   * to resolve the page fault (userfaultfd). Pages that were never touched stay so if the inspector may read them otherwise.
   * Throws InspectorError.
   */
  bytes(page: number, pages: number): Uint8Array {
    if (this.memory === null) throw errors.notReadable();
    const entries = this.entries(page, pages);
    const isThere = (at: number): boolean =>
      entries === null || (at < entries.length && hasPage(entries[at]));
    const readable = entries?.every(hasPage) === false ? this.unhandledPages(page, pages) : pages;
    const bytes = new Uint8Array(readable * PAGE_SIZE);
    let done = 0;
    while (done < readable) {
      let end = done + 1;
      while (end < readable && isThere(end) === isThere(done)) end++;
      const part = bytes.subarray(done * PAGE_SIZE, end * PAGE_SIZE);
      const count =
        (isThere(done) ? null : this.files?.untouched.read(page + done, part)) ??
        readPages(this.memory, page + done, part);
      if (count === 0) break;
      done += count;
    }
    return bytes.subarray(0, done * PAGE_SIZE);
  }

  /** Entries of pagemap, fewer after the last mapping; null if it may not be opened. */
  private entries(page: number, pages: number): BigUint64Array | null {
    if (this.files === null) return null;
    const entries = new BigUint64Array(pages);
    const read = readSync(this.files.pagemap, new Uint8Array(entries.buffer), 0, pages * 8, page * 8);
    return entries.subarray(0, Math.floor(read / 8));
  }

  /** How many pages from `page` on can be read without a fault that the program would have to resolve. */
  private unhandledPages(page: number, pages: number): number {
    if (this.files === null) return pages;
    const { faults } = this.files;
    faults.refreshIfDue();
    return faults.pagesBefore(page, page + pages);
  }

  /** How its address space ended, once it is known to be gone. */
  endEvent(): SourceEvent {
    const { pid } = this;
    // A process that is ending no longer has memory; one that called exec has other memory.
    const exited = pidfdExited(this.pidfd) || readStatus(pid)?.hasMemory !== true;
    return exited
      ? { type: 'ended', reason: 'exit', message: `Process ${pid} ended.` }
      : {
          type: 'ended',
          reason: 'exec',
          message: `Process ${pid} called exec: its address space was replaced. Attach again to track it.`,
        };
  }

  close(): void {
    closeSync(this.pidfd);
    for (const fd of [this.memory, this.files?.pagemap, this.files?.smaps])
      if (typeof fd === 'number') closeSync(fd);
  }
}

/**
 * Present or in swap: reading causes no fault, or the kernel's own. Not so a marker of userfaultfd on a page that was never touched, which
 * reads as swap of the type after the last swap device (Documentation/admin-guide/mm/pagemap.rst; SWP_PTE_MARKER). The type is 0 for
 * readers without CAP_SYS_ADMIN.
 */
function hasPage(entry: bigint): boolean {
  const isMarker = (entry & SWAP_TYPE) === SWAP_TYPE && hasPagemapBit(entry, PM_BIT.UFFD_WP);
  return hasPagemapBit(entry, PM_BIT.PRESENT) || (hasPagemapBit(entry, PM_BIT.SWAP) && !isMarker);
}
const SWAP_TYPE = 0x1fn;

/** Reads pages to `target` as the process sees them. Returns how many; fewer where the next is not mapped or not readable. */
function readPages(memory: number, page: number, target: Uint8Array): number {
  let length = 0;
  try {
    while (length < target.length) {
      const count = readSync(memory, target, length, target.length - length, page * PAGE_SIZE + length);
      if (count === 0) break;
      length += count;
    }
  } catch {
    // EIO: not mapped, or not readable, from here on.
  }
  return Math.floor(length / PAGE_SIZE);
}

function openPidfd(pid: number): number {
  try {
    return pidfdOpen(pid);
  } catch (cause) {
    if (cause instanceof SyscallError && cause.errno === ERRNO.ESRCH) throw errors.noSuchProcess(pid);
    throw cause;
  }
}

function openFile(pid: number, name: 'mem' | 'pagemap' | 'smaps'): number | null {
  try {
    return openSync(`/proc/${memoryThread(pid)}/${name}`, 'r');
  } catch {
    return null;
  }
}
