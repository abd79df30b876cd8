import { closeSync, openSync, readSync } from 'node:fs';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import type { SourceEvent } from '#shared/source/source.ts';
import { checkVisible, is64Bit } from './attach/preconditions.ts';
import { HandledFaults } from './coexistence/handled-faults.ts';
import * as errors from './errors.ts';
import { memoryThread, readStatus } from './process/status.ts';
import { pidfdExited, pidfdOpen } from './syscalls/calls.ts';
import { ERRNO } from './syscalls/constants.ts';
import { SyscallError } from './syscalls/errno.ts';

/** What is held open of a tracked process with every backend: a pidfd, and its memory where it may be read. */
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
  } | null;

  /** Throws InspectorError where there is no such program. */
  constructor(pid: number) {
    this.pid = pid;
    this.name = checkVisible(pid).name;
    this.pidfd = openPidfd(pid);
    this.memory = openFile(pid, 'mem');
    const pagemap = openFile(pid, 'pagemap');
    const smaps = openFile(pid, 'smaps');
    this.files =
      pagemap !== null && smaps !== null
        ? { pagemap, smaps, faults: new HandledFaults(memoryThread(pid), smaps) }
        : null;
    this.readable = this.memory !== null;
    this.stoppable = this.readable && is64Bit(pid);
  }

  /**
   * Contents of whole pages; shorter than requested where memory is not mapped or not readable, or where the program would have
   * to resolve the page fault (userfaultfd). Throws InspectorError.
   */
  bytes(page: number, pages: number): Uint8Array {
    if (this.memory === null) throw errors.notReadable();
    const bytes = new Uint8Array(this.readablePages(page, pages) * PAGE_SIZE);
    let length = 0;
    try {
      while (length < bytes.length) {
        const at = page * PAGE_SIZE + length;
        const count = readSync(this.memory, bytes, length, bytes.length - length, at);
        if (count === 0) break;
        length += count;
      }
    } catch {
      // EIO: not mapped, or not readable, from here on.
    }
    return bytes.subarray(0, length - (length % PAGE_SIZE));
  }

  /** How many pages from `page` on can be read without a fault that the program would have to resolve. */
  private readablePages(page: number, pages: number): number {
    if (this.files === null) return pages;
    const { pagemap, faults } = this.files;
    const entries = new BigUint64Array(pages);
    // Present or in swap (Documentation/admin-guide/mm/pagemap.rst): there is no fault, or the kernel's own.
    const read = readSync(pagemap, new Uint8Array(entries.buffer), 0, pages * 8, page * 8);
    if (read === pages * 8 && entries.every((entry) => entry >> 62n !== 0n)) return pages;
    faults.refreshIfDue();
    return faults.pagesBefore(page, page + pages);
  }

  /** How its address space ended, once it is known to be gone. */
  endEvent(): SourceEvent {
    const { pid } = this;
    // A process that is ending has no memory any more; one that replaced itself has other memory.
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
