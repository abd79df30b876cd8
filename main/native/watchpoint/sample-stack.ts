import type { CopiedStack } from '../symbols/unwinder.ts';
import type { RingSample } from './event-ring.ts';

/** Where each of DWARF's registers (rax, rdx, rcx, rbx, rsi, rdi, rbp, rsp, r8 … r15, rip) is in the sample's list. */
const BY_DWARF_NUMBER = [0, 3, 2, 1, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 8];
const RSP = 7;
const REGISTER_BYTES = BY_DWARF_NUMBER.length * 8;

/** PERF_SAMPLE_REGS_USER at offset `at`: the registers by DWARF's numbers; null of a thread of the kernel. */
export function registersAt(sample: RingSample, at: number): BigUint64Array | null {
  if (sample.u64(at) === 0n) return null;
  return BigUint64Array.from(BY_DWARF_NUMBER, (i) => sample.u64(at + 8 + i * 8));
}

/** PERF_SAMPLE_STACK_USER after the registers at `at`: `size`, the bytes, and how many of them were copied. Null if there is none. */
export function stackAt(sample: RingSample, at: number, registers: BigUint64Array): CopiedStack | null {
  const stack = at + 8 + REGISTER_BYTES;
  if (sample.length <= stack) return null;
  const size = Number(sample.u64(stack));
  if (size === 0) return null;
  const copied = Number(sample.u64(stack + 8 + size));
  return { registers, complete: true, start: registers[RSP], bytes: sample.bytes(stack + 8, copied) };
}
