import { z } from 'zod';
import { address, bits, categories, int, integer, length, signedLength, word } from './fields.ts';
import {
  ADVICES,
  IOCTL_COMMANDS,
  MAP_KINDS,
  PLACES,
  PROTECTIONS,
  VEC_PLACES,
  type Op,
  type Step,
} from './steps.ts';

const range = { addr: address, len: length };
const flag = z.boolean().exactOptional();

/** An operation on nothing but a range, or on nothing at all. */
const ranged = <const T extends Op>(op: T) => z.strictObject({ op: z.literal(op), ...range });
const plain = <const T extends Op>(op: T) => z.strictObject({ op: z.literal(op) });

/** One schema an operation: what its step must and may have. Output is the step of steps.ts. */
export const stepSchemas = {
  mmap: z.strictObject({
    op: z.literal('mmap'),
    ...range,
    prot: word(PROTECTIONS),
    kind: word(MAP_KINDS),
    place: word(PLACES).exactOptional(),
    offset: length.exactOptional(),
  }),
  munmap: ranged('munmap'),
  mprotect: z.strictObject({ op: z.literal('mprotect'), ...range, prot: word(PROTECTIONS) }),
  mremap: z.strictObject({
    op: z.literal('mremap'),
    ...range,
    newLen: length,
    newAddr: address.exactOptional(),
    mayMove: flag,
    dontunmap: flag,
  }),
  brk: z.strictObject({ op: z.literal('brk'), addr: address }),
  madvise: z.strictObject({ op: z.literal('madvise'), ...range, advice: word(ADVICES) }),
  read: ranged('read'),
  write: ranged('write'),
  clear_refs: z.strictObject({ op: z.literal('clear_refs'), value: int.exactOptional() }),
  fork: plain('fork'),
  switch: z.strictObject({ op: z.literal('switch'), process: integer(0, 2 ** 31 - 1) }),
  exit: plain('exit'),
  ioctl: z.strictObject({
    op: z.literal('ioctl'),
    cmd: word(IOCTL_COMMANDS),
    start: address,
    len: signedLength,
    vecLen: int.default(0),
    flags: int.default(0),
    vec: word(VEC_PLACES).exactOptional(),
    unstable: address.exactOptional(),
  }),
  pagemap: ranged('pagemap'),
  vmas: plain('vmas'),
  ptes: plain('ptes'),
  hugepages: plain('hugepages'),
  pin: ranged('pin'),
  unpin: ranged('unpin'),
  reclaim: ranged('reclaim'),
  migrate: ranged('migrate'),
  khugepaged: plain('khugepaged'),
  truncate: z.strictObject({ op: z.literal('truncate'), len: length }),
  uffd_register: ranged('uffd_register'),
  uffd_unregister: ranged('uffd_unregister'),
  uffd_writeprotect: z.strictObject({ op: z.literal('uffd_writeprotect'), ...range, protect: flag }),
  pagemap_scan: z.strictObject({
    op: z.literal('pagemap_scan'),
    start: address,
    end: address,
    flags: bits.default(0n),
    vecLen: bits,
    maxPages: bits.default(0n),
    inverted: categories.default(0n),
    mask: categories.default(0n),
    anyof: categories.default(0n),
    returns: categories,
    vec: z.literal('null').exactOptional(),
  }),
} satisfies { [K in Op]: z.ZodType<Extract<Step, { op: K }> | Step> };
