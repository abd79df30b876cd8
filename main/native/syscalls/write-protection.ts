import { PAGE_SIZE } from '#shared/memory/page.ts';
import { tryIoctl } from './calls.ts';
import { IOCTL, UFFD } from './constants.ts';
import { NativeBuffer } from './native-buffer.ts';
import { promptIoctl } from './prompt-ioctl.ts';

/** A userfaultfd of another address space in mode WP, whatever resolves its faults (fs/userfaultfd.c). Ranges are in pages. */
export class WriteProtection {
  readonly fd: number;
  /** struct uffdio_range, and the mode after it. */
  protected readonly request = new NativeBuffer(32);

  constructor(fd: number) {
    this.fd = fd;
  }

  /** UFFDIO_API, once; false if the kernel lacks one of `features`. */
  protected enable(features: number): boolean {
    const api = new NativeBuffer(24);
    api.u64[0] = BigInt(UFFD.API);
    api.u64[1] = BigInt(features);
    return tryIoctl(this.fd, IOCTL.UFFDIO_API, api) >= 0;
  }

  /**
   * Registers pages `start` … `end` - 1 for write-protection. 0 even if they are registered with this descriptor
   * already; -EBUSY if a part is registered with another one: the only way to find out whose a registration is.
   */
  register(start: number, end: number): number {
    this.setRange(start, end);
    this.request.u64[2] = BigInt(UFFD.REGISTER_MODE_WP);
    return promptIoctl(this.fd, IOCTL.UFFDIO_REGISTER, this.request);
  }

  /**
   * Removes the registration and the protection of pages `start` … `end` - 1, and wakes the threads that wait there. 0 or a
   * negative errno.
   */
  unregister(start: number, end: number): number {
    this.setRange(start, end);
    return promptIoctl(this.fd, IOCTL.UFFDIO_UNREGISTER, this.request);
  }

  protected setRange(start: number, end: number): void {
    this.request.u64[0] = BigInt(start * PAGE_SIZE);
    this.request.u64[1] = BigInt((end - start) * PAGE_SIZE);
  }
}
