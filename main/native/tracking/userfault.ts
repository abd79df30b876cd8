import { closeSync } from 'node:fs';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import * as errors from '../errors.ts';
import { tryIoctl } from '../syscalls/calls.ts';
import { IOCTL, UFFD } from '../syscalls/constants.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { promptIoctl } from '../syscalls/prompt-ioctl.ts';

const FEATURES = UFFD.FEATURE_WP_ASYNC | UFFD.FEATURE_WP_UNPOPULATED | UFFD.FEATURE_WP_HUGETLBFS_SHMEM;

/**
 * A userfaultfd of another address space with asynchronous write-protection: a write to a protected page is resolved
 * by the kernel alone, which removes the protection and so records the write (fs/userfaultfd.c). Closing it, or
 * our death, unregisters everything.
 */
export class Userfault {
  readonly fd: number;
  private isClosed = false;
  private readonly range = new NativeBuffer(32);

  /** Takes over `fd`, a userfaultfd on which UFFDIO_API was not done yet. Throws InspectorError (kernel before 6.7). */
  constructor(fd: number) {
    this.fd = fd;
    const api = new NativeBuffer(24);
    api.u64[0] = BigInt(UFFD.API);
    api.u64[1] = BigInt(FEATURES);
    if (tryIoctl(fd, IOCTL.UFFDIO_API, api) < 0) {
      closeSync(fd);
      throw errors.noWriteProtection();
    }
  }

  /**
   * Registers pages `start` … `end` - 1 for write-protection. 0 also where they are registered with this descriptor
   * already; -EBUSY where a part is registered with another one: the only way to find out whose a registration is.
   */
  register(start: number, end: number): number {
    this.range.u64[0] = BigInt(start * PAGE_SIZE);
    this.range.u64[1] = BigInt((end - start) * PAGE_SIZE);
    this.range.u64[2] = BigInt(UFFD.REGISTER_MODE_WP);
    return promptIoctl(this.fd, IOCTL.UFFDIO_REGISTER, this.range);
  }

  /** Removes the registration and the protection of pages `start` … `end` - 1. 0 or a negative errno. */
  unregister(start: number, end: number): number {
    this.range.u64[0] = BigInt(start * PAGE_SIZE);
    this.range.u64[1] = BigInt((end - start) * PAGE_SIZE);
    return promptIoctl(this.fd, IOCTL.UFFDIO_UNREGISTER, this.range);
  }

  get closed(): boolean {
    return this.isClosed;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    closeSync(this.fd);
  }
}
