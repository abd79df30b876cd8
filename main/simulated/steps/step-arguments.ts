import { PAGE_SIZE, pageOfAddress } from '#shared/memory/page.ts';
import type { StepOf } from '../../scenarios/steps.ts';
import { EFAULT, EINVAL, ENOMEM } from '../mm/errno.ts';
import type { MapRequest } from '../syscalls/mmap.ts';
import type { RemapRequest } from '../syscalls/mremap.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { VM_EXEC, VM_READ, VM_WRITE } from '../mm/vma-flags.ts';

/*
 * What the kernel does with the byte addresses and lengths of a system call before it works in pages: unsigned 64-bit
 * numbers that wrap. Each function returns the call in pages, or the error that these numbers cause.
 */

const PAGE = BigInt(PAGE_SIZE);
const TWO_64 = 1n << 64n;
/** Address of offset 0 of the scenario's file, unless a mmap gives an offset. */
const FILE_START = 0x100000000n;
/** vm.mmap_min_addr: a hint below it means this page. */
const MIN_HINT = 16;

export const isAligned = (address: bigint): boolean => address % PAGE === 0n;

/** PAGE_ALIGN(): lengths within a page of 2^64 become 0. */
const alignUp = (bytes: bigint): bigint => (((bytes + PAGE - 1n) / PAGE) * PAGE) % TWO_64;
const toPages = (aligned: bigint): number => Number(aligned / PAGE);
const taskBytes = (mm: MmStruct): bigint => BigInt(mm.memory.taskPages) * PAGE;

export interface PageSpan {
  readonly page: number;
  readonly pages: number;
}

export function munmapArguments(mm: MmStruct, addr: bigint, len: bigint): PageSpan | number {
  const limit = taskBytes(mm);
  if (!isAligned(addr) || addr > limit || len > limit - addr) return EINVAL;
  return { page: pageOfAddress(addr), pages: toPages(alignUp(len)) };
}

/** Also of madvise, whose error for a range that wraps is EINVAL. */
export function rangeArguments(addr: bigint, len: bigint, wraps: number): PageSpan | number {
  if (!isAligned(addr)) return EINVAL;
  const aligned = alignUp(len);
  if ((len > 0n && aligned === 0n) || addr + aligned >= TWO_64) return wraps;
  return { page: pageOfAddress(addr), pages: toPages(aligned) };
}

export function mmapArguments(mm: MmStruct, step: StepOf<'mmap'>): MapRequest | number {
  const { addr, len, kind } = step;
  const place = step.place ?? 'noreplace';
  const isFile = kind === 'file-private' || kind === 'file-shared';
  const offset = isFile ? (step.offset ?? (addr - FILE_START + TWO_64) % TWO_64) : 0n;
  if (!isAligned(offset) || len === 0n) return EINVAL;
  const aligned = alignUp(len);
  const limit = taskBytes(mm);
  if (aligned === 0n || aligned > limit) return ENOMEM;
  if (place !== 'hint') {
    if (mm.vmas.count > mm.memory.options.maxMapCount || addr > limit - aligned) return ENOMEM;
    if (!isAligned(addr)) return EINVAL;
  }
  const page = pageOfAddress(addr);
  return {
    page: place === 'hint' && page > 0 ? Math.max(page, MIN_HINT) : page,
    pages: toPages(aligned),
    rights: rightsOf(step.prot),
    kind,
    place,
    pgoff: toPages(offset),
  };
}

export function mremapArguments(mm: MmStruct, step: StepOf<'mremap'>): RemapRequest | number {
  const { addr, len, newLen, newAddr } = step;
  const mayMove = step.mayMove === true || newAddr !== undefined;
  if (step.dontunmap === true && (!mayMove || len !== newLen)) return EINVAL;
  if (!isAligned(addr) || alignUp(newLen) === 0n) return EINVAL;
  if (mm.vmas.lookup(pageOfAddress(addr)) === null) return EFAULT;
  if (newAddr !== undefined && !isAligned(newAddr)) return EINVAL;
  return {
    page: pageOfAddress(addr),
    pages: toPages(alignUp(len)),
    newPages: toPages(alignUp(newLen)),
    ...(newAddr === undefined ? {} : { newPage: pageOfAddress(newAddr) }),
    mayMove,
    dontUnmap: step.dontunmap ?? false,
  };
}

/** VM_READ, VM_WRITE and VM_EXEC of `rw`, `none`, … */
export function rightsOf(protection: string): number {
  let flags = protection.includes('r') ? VM_READ : 0;
  if (protection.includes('w')) flags |= VM_WRITE;
  return protection.includes('x') ? flags | VM_EXEC : flags;
}
