import { closeSync } from 'node:fs';
import * as errors from '../errors.ts';
import { UFFD } from '../syscalls/constants.ts';
import { WriteProtection } from '../syscalls/write-protection.ts';

const FEATURES = UFFD.FEATURE_WP_ASYNC | UFFD.FEATURE_WP_UNPOPULATED | UFFD.FEATURE_WP_HUGETLBFS_SHMEM;

/**
 * A userfaultfd of another address space with asynchronous write-protection: a write to a protected page is resolved
 * by the kernel alone, which removes the protection and so records the write (fs/userfaultfd.c). Closing it, or
 * our death, unregisters everything.
 */
export class Userfault extends WriteProtection {
  private isClosed = false;

  /** Takes over `fd`, a userfaultfd on which UFFDIO_API was not done yet. Throws InspectorError (kernel before 6.7). */
  constructor(fd: number) {
    super(fd);
    if (this.enable(FEATURES)) return;
    closeSync(fd);
    throw errors.noWriteProtection();
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
