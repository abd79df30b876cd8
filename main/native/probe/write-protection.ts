import { closeSync, openSync } from 'node:fs';
import type { InspectorError } from '#shared/contract/errors.ts';
import * as errors from '../errors.ts';
import { tryCall } from '../syscalls/call.ts';
import { tryIoctl } from '../syscalls/calls.ts';
import { ERRNO, IOCTL, PAGE_IS, PM_SCAN, SYS, UFFD } from '../syscalls/constants.ts';
import { errnoName, SyscallError } from '../syscalls/errno.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { PagemapScan } from '../tracking/pagemap-scan.ts';
import { PRIVATE_WRITTEN } from '../tracking/queries.ts';
import { RegionList } from '../tracking/region-list.ts';
import { Userfault } from '../tracking/userfault.ts';
import { missing, present, type Finding } from './finding.ts';
import { OwnPages } from './own-pages.ts';

const missingBecause = ({ message, remedy }: InspectorError, evidence: string) =>
  missing(evidence, message, remedy);

export function probePagemapScan(): Finding {
  const fd = openSync('/proc/self/pagemap', 'r');
  try {
    const scan = new PagemapScan(fd);
    const result = scan.probe(PAGE_IS.PRESENT);
    if (result < 0) {
      return missingBecause(
        errors.noPagemapScan(),
        `A scan of the inspector's own page map failed: ${errnoName(-result)}.`,
      );
    }
    const guard = scan.probe(PAGE_IS.GUARD) >= 0 ? '' : ' It does not know guard pages (Linux 6.15).';
    return present(
      `A scan of the inspector's own page map succeeded.${guard}`,
      'Reads, and clears in the same atomic step, which pages of a range were written.',
    );
  } finally {
    closeSync(fd);
  }
}

/** Calls `use` with a userfaultfd of our own, or with the negative errno; `restricted`: for faults in user mode only. */
function withUserfaultfd<T>(use: (fd: number, restricted: boolean) => T): T {
  const flags = UFFD.O_CLOEXEC | UFFD.O_NONBLOCK;
  let fd = tryCall(SYS.userfaultfd, flags);
  const restricted = fd === -ERRNO.EPERM;
  if (restricted) fd = tryCall(SYS.userfaultfd, flags | UFFD.USER_MODE_ONLY);
  return use(fd, restricted);
}

export function probeUserfaultfd(): Finding {
  return withUserfaultfd((fd, restricted) => {
    if (fd >= 0) closeSync(fd);
    const first = restricted ? 'EPERM; with UFFD_USER_MODE_ONLY: ' : '';
    const evidence = `userfaultfd(2): ${first}${fd < 0 ? errnoName(-fd) : 'a descriptor'}.`;
    if (fd < 0) {
      return missingBecause(
        fd === -ERRNO.ENOSYS ? errors.noUserfaultfd() : errors.userfaultfdForbidden(),
        evidence,
      );
    }
    return present(evidence, 'Lets memory be registered for write-protection.');
  });
}

/** The feature bits that the kernel offers (UFFDIO_API); it takes over the descriptor. */
function offeredFeatures(fd: number): number {
  const api = new NativeBuffer(24);
  api.u64[0] = BigInt(UFFD.API);
  const result = tryIoctl(fd, IOCTL.UFFDIO_API, api);
  closeSync(fd);
  if (result < 0) throw new SyscallError('UFFDIO_API', -result);
  return Number(api.u64[1]);
}

/** Whether write-protection works: checks features, then tests it on pages of our own. */
export function probeWriteProtectAsync(scanning: boolean): Finding {
  const features = withUserfaultfd((fd) => (fd < 0 ? null : offeredFeatures(fd)));
  if (features === null) {
    return missing(
      'userfaultfd is unavailable.',
      'It is a feature of userfaultfd.',
      'See userfaultfd for the reason.',
    );
  }
  const has = (bit: number) => (features & bit ? 'yes' : 'no');
  const offers =
    `UFFDIO_API offers 0x${features.toString(16)}: WP_ASYNC (bit 15) ${has(UFFD.FEATURE_WP_ASYNC)}, ` +
    `WP_UNPOPULATED (13) ${has(UFFD.FEATURE_WP_UNPOPULATED)}, WP_HUGETLBFS_SHMEM (12) ${has(UFFD.FEATURE_WP_HUGETLBFS_SHMEM)}.`;
  if ((features & UFFD.FEATURE_WP_ASYNC) === 0) return missingBecause(errors.noWriteProtection(), offers);
  if (!scanning) {
    return missing(
      offers,
      'Without PAGEMAP_SCAN the recorded writes cannot be read.',
      'Use Linux 6.7 or later.',
    );
  }
  const found = tryWriteProtection();
  if (found.join() === '1') {
    return present(
      `${offers} Of three protected pages of the inspector, the written one was found.`,
      'The kernel records writes itself; the program never waits for the inspector.',
    );
  }
  return missing(
    `${offers} Of three protected pages of the inspector, page 1 was written, and pages [${found.join(', ')}] were found.`,
    'The kernel offers it, but reports wrong pages.',
    'Use another backend, and report the kernel.',
  );
}

/** Protects three pages of our own, writes the middle one; returns the indexes of those that count as written. */
function tryWriteProtection(): number[] {
  const uffd = withUserfaultfd((fd) => fd);
  if (uffd < 0) throw new SyscallError('userfaultfd', -uffd);
  const userfault = new Userfault(uffd);
  const pagemap = openSync('/proc/self/pagemap', 'r');
  try {
    return OwnPages.with(3, (pages) => {
      for (let i = 0; i < 3; i++) pages.write(i);
      const end = pages.first + 3;
      const registered = userfault.register(pages.first, end);
      if (registered < 0) throw new SyscallError('UFFDIO_REGISTER', -registered);
      const scan = new PagemapScan(pagemap);
      const list = new RegionList(8);
      scan.protect(PRIVATE_WRITTEN, pages.first, end, list);
      list.clear();
      pages.write(1);
      scan.scan(PRIVATE_WRITTEN, PM_SCAN.WP_MATCHING, pages.first, end, list);
      const found: number[] = [];
      for (let i = 0; i < list.count; i++) {
        for (let page = list.start(i); page < list.end(i); page++) found.push(page - pages.first);
      }
      return found;
    });
  } finally {
    closeSync(pagemap);
    userfault.close();
  }
}
