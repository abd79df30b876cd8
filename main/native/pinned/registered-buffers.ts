import { readFileSync, readlinkSync } from 'node:fs';
import type { PageRange } from '#shared/memory/range.ts';
import { descriptorsOf } from '../coexistence/userfaultfds.ts';
import { parseRegisteredBuffers } from './io-uring-buffers.ts';

const IO_URING = 'anon_inode:[io_uring]';
/** Retry interval and time limit for a busy ring, in milliseconds. */
const MAX_READS = 50;
const MAX_READS_MS = 2;

/**
 * The buffers that a process has registered with io_uring. While a call holds a ring, the kernel does not list its
 * buffers: those that were listed last count until it does.
 */
export class RegisteredBuffers {
  /** Some ring's buffers were never listed, so any memory may be registered. */
  unknown = false;
  private readonly pid: number;
  private byDescriptor = new Map<number, readonly PageRange[]>();

  constructor(pid: number) {
    this.pid = pid;
  }

  poll(): PageRange[] {
    const found = new Map<number, readonly PageRange[]>();
    this.unknown = false;
    for (const fd of descriptorsOf(this.pid) ?? []) {
      try {
        if (readlinkSync(`/proc/${this.pid}/fd/${fd}`) !== IO_URING) continue;
        const buffers = this.read(fd) ?? this.byDescriptor.get(fd);
        if (buffers) found.set(fd, buffers);
        else this.unknown = true;
      } catch {
        // Closed meanwhile.
      }
    }
    this.byDescriptor = found;
    return [...found.values()].flat();
  }

  private read(fd: number): PageRange[] | null {
    const began = performance.now();
    for (let reads = 1; ; reads++) {
      const listed = parseRegisteredBuffers(readFileSync(`/proc/${this.pid}/fdinfo/${fd}`, 'latin1'));
      if (listed !== null || reads === MAX_READS || performance.now() - began > MAX_READS_MS) return listed;
    }
  }
}
