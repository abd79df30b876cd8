/**
 * One schema per operation of a scenario: the fields that its step must and may have. In the file addresses are hex
 * strings and lengths numbers (either may be either); parsed, both are `bigint` bytes, exact to 64 bits.
 */
import { z } from 'zod';
import { address, bits, categories, int, integer, length, signedLength, word } from './fields.ts';
import { ADVICES, IOCTL_COMMANDS, MAP_KINDS, PLACES, PROTECTIONS, VEC_PLACES } from './vocabulary.ts';

const range = { addr: address, len: length };
const flag = z.boolean().exactOptional();

/** An operation on nothing but a range, or on nothing at all. */
const ranged = <const T extends string>(op: T) => z.strictObject({ op: z.literal(op), ...range });
const plain = <const T extends string>(op: T) => z.strictObject({ op: z.literal(op) });

export const stepSchemas = {
  /** Result {ret: address} or {errno}. */
  mmap: z.strictObject({
    op: z.literal('mmap'),
    ...range,
    prot: word(PROTECTIONS),
    kind: word(MAP_KINDS),
    place: word(PLACES).exactOptional(),
    /** Offset into the file; default addr - 0x100000000 (file kinds only). */
    offset: length.exactOptional(),
  }),
  munmap: ranged('munmap'),
  mprotect: z.strictObject({ op: z.literal('mprotect'), ...range, prot: word(PROTECTIONS) }),
  /**
   * Without newAddr: flags 0, never moves, unless `mayMove` (MREMAP_MAYMOVE: to an address as `hint` finds).
   * With newAddr: MREMAP_MAYMOVE | MREMAP_FIXED. `dontunmap` adds MREMAP_DONTUNMAP. Result {ret: address} or {errno}.
   */
  mremap: z.strictObject({
    op: z.literal('mremap'),
    ...range,
    newLen: length,
    newAddr: address.exactOptional(),
    mayMove: flag,
    dontunmap: flag,
  }),
  /** The system call: result {ret: the break after it}; an impossible break changes nothing. addr 0 queries. */
  brk: z.strictObject({ op: z.literal('brk'), addr: address }),
  madvise: z.strictObject({ op: z.literal('madvise'), ...range, advice: word(ADVICES) }),
  /** One byte access to every page touched by [addr, addr + len), ascending; stops at the first signal: {signal, page}. */
  read: ranged('read'),
  write: ranged('write'),
  /**
   * A value written to /proc/self/clear_refs; default 4. 1, 2, 3: accessed bits of all, anonymous, file pages; 5: no
   * effect; else EINVAL.
   */
  clear_refs: z.strictObject({ op: z.literal('clear_refs'), value: int.exactOptional() }),
  /**
   * The remaining steps run in the child; the parent sleeps and keeps its references. {ret: 0}, or EAGAIN above 64
   * processes.
   */
  fork: plain('fork'),
  /** Continues in process n: 0 is the first, each fork makes the next number. {ret: n} or ESRCH. */
  switch: z.strictObject({ op: z.literal('switch'), process: integer(0, 2 ** 31 - 1) }),
  /**
   * The process ends; the steps continue in its parent, or in the nearest ancestor alive: {ret: its number}. EPERM if no
   * ancestor is alive.
   */
  exit: plain('exit'),
  ioctl: z.strictObject({
    op: z.literal('ioctl'),
    cmd: word(IOCTL_COMMANDS),
    start: address,
    /** Bytes; negative and beyond-int values are legal input (EINVAL). */
    len: signedLength,
    vecLen: int.default(0),
    flags: int.default(0),
    vec: word(VEC_PLACES).exactOptional(),
    /**
     * An address in the 2 MiB whose PMD entry is unstable while the walk passes (another thread collapses or splits it):
     * defect B10.
     */
    unstable: address.exactOptional(),
  }),
  /** The bits of /proc/PID/pagemap for [addr, addr + len). */
  pagemap: ranged('pagemap'),
  vmas: plain('vmas'),
  ptes: plain('ptes'),
  hugepages: plain('hugepages'),
  /** pin_user_pages(FOLL_WRITE | FOLL_LONGTERM), one pin a page (pins count); {ret: pages}, or EFAULT with none pinned. */
  pin: ranged('pin'),
  unpin: ranged('unpin'),
  /**
   * Memory pressure on these pages: anonymous ones go to swap, lazily freed ones are dropped, file pages lose their
   * entries. {ret: pages reclaimed}.
   */
  reclaim: ranged('reclaim'),
  /** Every page is copied elsewhere (compaction, NUMA): {ret: pages moved}. */
  migrate: ranged('migrate'),
  /** One pass of khugepaged over the whole process: {ret: huge pages made}. */
  khugepaged: plain('khugepaged'),
  /** ftruncate of the scenario's memfd: pages past the end raise SIGBUS. Before it the file has no end. */
  truncate: z.strictObject({ op: z.literal('truncate'), len: length }),
  /** userfaultfd with WP_ASYNC | WP_UNPOPULATED | WP_HUGETLBFS_SHMEM: registers for write-protection. */
  uffd_register: ranged('uffd_register'),
  uffd_unregister: ranged('uffd_unregister'),
  /** Write-protects, or lifts the protection; `protect` is true by default. */
  uffd_writeprotect: z.strictObject({ op: z.literal('uffd_writeprotect'), ...range, protect: flag }),
  /** PAGEMAP_SCAN; masks are sums of PAGE_IS (the file may also give a list of names). Flags: PM_SCAN. */
  pagemap_scan: z.strictObject({
    op: z.literal('pagemap_scan'),
    start: address,
    end: address,
    flags: bits.default(0n),
    vecLen: bits,
    /** 0: no limit. */
    maxPages: bits.default(0n),
    inverted: categories.default(0n),
    mask: categories.default(0n),
    anyof: categories.default(0n),
    returns: categories,
    /** `null`: no buffer; vecLen must then be 0. */
    vec: z.literal('null').exactOptional(),
  }),
};

export type Op = keyof typeof stepSchemas;
/** The step of one operation, or of several. */
export type StepOf<O extends Op> = { [K in O]: Readonly<z.output<(typeof stepSchemas)[K]>> }[O];
export type Step = StepOf<Op>;
