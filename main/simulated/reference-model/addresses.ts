/** Byte addresses and lengths of the system calls: unsigned 64-bit numbers, and their pages. */
import { USER_PAGES_4_LEVEL, USER_PAGES_5_LEVEL } from '#shared/memory/page.ts';
import type { ModelState } from './model-state.ts';

export const PAGE = 4096n;
export const SIZE_MAX = 2n ** 64n;
export const unaligned = (address: bigint): boolean => address % PAGE !== 0n;
export const pageOf = (address: bigint): number => Number(address / PAGE);
export const addressOf = (page: number): number => page * 4096;
/** PAGE_ALIGN in 64 bits: a length close to 2^64 becomes 0. */
export const roundUp = (length: bigint): bigint => (((length + PAGE - 1n) / PAGE) * PAGE) % SIZE_MAX;
export const userPages = (model: ModelState): number =>
  model.machine.la57 ? USER_PAGES_5_LEVEL : USER_PAGES_4_LEVEL;
export const userBytes = (model: ModelState): bigint => BigInt(userPages(model)) * PAGE;
