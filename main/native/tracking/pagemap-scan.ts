import { PAGE_SIZE } from '#shared/memory/page.ts';
import { tryIoctl } from '../syscalls/calls.ts';
import { ERRNO, IOCTL, PAGE_IS, PM_SCAN } from '../syscalls/constants.ts';
import { SyscallError } from '../syscalls/errno.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { promptIoctl } from '../syscalls/prompt-ioctl.ts';
import type { RegionList } from './region-list.ts';

/** What a scan selects and returns: bits of PAGE_IS. A page matches if ((categories ^ inverted) & mask) == mask. */
export interface ScanQuery {
  readonly mask: number;
  readonly inverted: number;
  /** At least one of these categories must be set, unless 0. */
  readonly anyOf: number;
  readonly returned: number;
}

/** Places of struct pm_scan_arg, in 64-bit words. */
const ARG = {
  size: 0,
  flags: 1,
  start: 2,
  end: 3,
  walkEnd: 4,
  vec: 5,
  vecLen: 6,
  maxPages: 7,
  inverted: 8,
  mask: 9,
  anyOf: 10,
  returned: 11,
} as const;
const ARG_BYTES = 96;
/** A scan of this many pages can take long enough to be preempted. */
export const PROMPT_PAGES = 512;

/**
 * PAGEMAP_SCAN on one open /proc/PID/pagemap (Documentation/admin-guide/mm/pagemap.rst; fs/proc/task_mmu.c,
 * do_pagemap_scan).
 */
export class PagemapScan {
  readonly fd: number;
  private readonly argument = new NativeBuffer(ARG_BYTES);
  /** PAGE_IS_GUARD exists from Linux 6.15 on; before, a query that names it fails. */
  private readonly guard: number;

  constructor(fd: number) {
    this.fd = fd;
    this.argument.u64[ARG.size] = BigInt(ARG_BYTES);
    this.guard = PAGE_IS.GUARD;
    if (this.probe(PAGE_IS.GUARD) === -ERRNO.EINVAL) this.guard = 0;
  }

  /** An empty scan: 0, -ENOTTY if the kernel has no PAGEMAP_SCAN, -EINVAL if it does not know `category`. */
  probe(category: number): number {
    return this.request({ mask: category, inverted: 0, anyOf: 0, returned: category }, 0, 0, 0, 0n, 0, 0);
  }

  /**
   * Appends the matching runs among pages `start` … `end` - 1 to `out`; with PM_SCAN.WP_MATCHING in `flags` they are
   * also write-protected, in one atomic step for each page. `maxPages`, unless 0, ends the scan after that many pages; the
   * rest is neither reported nor protected. Throws SyscallError (EPERM: CHECK_WPASYNC and a VMA that is not registered).
   *
   * With more than 512 regions the kernel's walk_end can be before the end of what it already reported; a full buffer
   * is therefore continued after its last region, and nothing is reported twice.
   */
  scan(query: ScanQuery, flags: number, start: number, end: number, out: RegionList, maxPages = 0): void {
    this.walk(query, flags, start, end, out, maxPages, false);
  }

  /** Write-protects the matching pages among `start` … `end` - 1 and reports none; `room` is overwritten. */
  protect(query: ScanQuery, start: number, end: number, room: RegionList): void {
    room.clear();
    this.walk(query, PM_SCAN.WP_MATCHING, start, end, room, 0, true);
  }

  /**
   * One ioctl, which holds the program's mmap_lock all the while. Appends what matches to `out` and returns the page at which
   * to continue: `end`, or the page after the last one reported when the room or `maxPages` was used up.
   */
  step(
    query: ScanQuery,
    flags: number,
    start: number,
    end: number,
    out: RegionList,
    maxPages: number,
  ): number {
    if (out.free.regions === 0) out.grow();
    const { address, regions } = out.free;
    const first = out.count;
    const added = this.request(query, flags, start, end, address, regions, maxPages);
    if (added < 0) throw new SyscallError('PAGEMAP_SCAN', -added);
    out.accept(added);
    let found = 0;
    for (let i = first; maxPages > 0 && i < out.count; i++) found += out.end(i) - out.start(i);
    if (added < regions && (maxPages === 0 || found < maxPages)) return end;
    return Math.max(Number(this.argument.u64[ARG.walkEnd]) / PAGE_SIZE, out.end(out.count - 1));
  }

  private walk(
    query: ScanQuery,
    flags: number,
    start: number,
    end: number,
    out: RegionList,
    maxPages: number,
    discard: boolean,
  ): void {
    for (let from = start, left = maxPages; from < end;) {
      const { address, regions } = out.free;
      if (regions === 0) {
        out.grow();
        continue;
      }
      const first = out.count;
      const added = this.request(query, flags, from, end, address, regions, left);
      if (added < 0) throw new SyscallError('PAGEMAP_SCAN', -added);
      out.accept(added);
      if (added < regions) return;
      if (maxPages > 0) {
        for (let i = first; i < out.count; i++) left -= out.end(i) - out.start(i);
        if (left <= 0) return;
      }
      const walkEnd = Number(this.argument.u64[ARG.walkEnd]) / PAGE_SIZE;
      from = Math.max(walkEnd, out.end(out.count - 1));
      if (discard) out.clear();
    }
  }

  private request(
    query: ScanQuery,
    flags: number,
    start: number,
    end: number,
    vec: bigint,
    vecLen: number,
    maxPages: number,
  ): number {
    const words = this.argument.u64;
    const keep = ~PAGE_IS.GUARD | this.guard;
    words[ARG.flags] = BigInt(flags);
    words[ARG.start] = BigInt(start * PAGE_SIZE);
    words[ARG.end] = BigInt(end * PAGE_SIZE);
    words[ARG.walkEnd] = 0n;
    words[ARG.vec] = vec;
    words[ARG.vecLen] = BigInt(vecLen);
    words[ARG.maxPages] = BigInt(maxPages);
    words[ARG.inverted] = BigInt(query.inverted & keep);
    words[ARG.mask] = BigInt(query.mask & keep);
    words[ARG.anyOf] = BigInt(query.anyOf);
    words[ARG.returned] = BigInt(query.returned & keep);
    // Short for few pages.
    const ioctl = end - start < PROMPT_PAGES ? tryIoctl : promptIoctl;
    return ioctl(this.fd, IOCTL.PAGEMAP_SCAN, this.argument);
  }
}
