import * as errors from '../errors.ts';
import { tryCall } from '../syscalls/call.ts';
import { tryIoctl } from '../syscalls/calls.ts';
import { ERRNO, IOCTL, SYS, UFFD } from '../syscalls/constants.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { promptIoctl } from '../syscalls/prompt-ioctl.ts';
import { WriteProtection } from '../syscalls/write-protection.ts';

const FEATURES =
  UFFD.FEATURE_PAGEFAULT_FLAG_WP |
  UFFD.FEATURE_THREAD_ID |
  UFFD.FEATURE_EXACT_ADDRESS |
  UFFD.FEATURE_WP_UNPOPULATED |
  UFFD.FEATURE_WP_HUGETLBFS_SHMEM;

/** struct uffd_msg of linux/userfaultfd.h. */
const MESSAGE_BYTES = 32;
const MAX_MESSAGES = 64;
/** More pages than this may be preempted with the lock held. */
const PROMPT_PAGES = 512;

/** A thread that waits for a page. */
export interface WaitingThread {
  /** Exact byte address of the write. */
  readonly address: bigint;
  /** Thread id in the program's own pid namespace. */
  readonly tid: number;
}

/**
 * A userfaultfd of another address space with synchronous write-protection (fs/userfaultfd.c): a thread that writes to a protected page
 * waits until the page is released here, or until the descriptor closes. It must not be UFFD_USER_MODE_ONLY, with which system
 * calls into protected pages fail with EFAULT.
 */
export class SyncUserfault extends WriteProtection {
  private isClosed = false;
  private readonly messages = new NativeBuffer(MESSAGE_BYTES * MAX_MESSAGES);

  /** Takes over `fd`, on which UFFDIO_API was not done yet, even when it fails. Throws InspectorError. */
  constructor(fd: number) {
    super(fd);
    if (this.enable(FEATURES)) return;
    tryCall(SYS.close, fd);
    throw errors.noSynchronousProtection();
  }

  /** Protects pages `start` … `end` - 1, or releases them and wakes the threads that wait for them. 0 or a negative errno. */
  protect(start: number, end: number, on: boolean): number {
    this.setRange(start, end);
    this.request.u64[2] = on ? BigInt(UFFD.WRITEPROTECT_MODE_WP) : 0n;
    const ioctl = end - start > PROMPT_PAGES ? promptIoctl : tryIoctl;
    for (;;) {
      const result = ioctl(this.fd, IOCTL.UFFDIO_WRITEPROTECT, this.request);
      // The program forks or changes its mappings just now.
      if (result !== -ERRNO.EAGAIN) return result;
    }
  }

  /** Wakes the threads that wait for pages `start` … `end` - 1, which may no longer be mapped. */
  wake(start: number, end: number): void {
    this.setRange(start, end);
    tryIoctl(this.fd, IOCTL.UFFDIO_WAKE, this.request);
  }

  /** The threads that began to wait since the last call, oldest first; does not block. */
  read(): WaitingThread[] {
    const waiting: WaitingThread[] = [];
    const { messages } = this;
    for (;;) {
      const bytes = tryCall(SYS.read, this.fd, messages.address, MESSAGE_BYTES * MAX_MESSAGES);
      if (bytes <= 0) return waiting;
      for (let at = 0; at < bytes; at += MESSAGE_BYTES) {
        if (messages.bytes[at] !== UFFD.EVENT_PAGEFAULT) continue;
        waiting.push({ address: messages.u64[at / 8 + 2], tid: messages.u32[at / 4 + 6] });
      }
      if (bytes < MESSAGE_BYTES * MAX_MESSAGES) return waiting;
    }
  }

  /** Everything is released, and every waiting thread continues. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    // Not of node:fs, which follows what a worker opened.
    tryCall(SYS.close, this.fd);
  }
}
