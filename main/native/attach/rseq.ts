import { tryReadMemory } from '../syscalls/calls.ts';
import { REG } from '../syscalls/constants.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import type { Tracee } from './tracee.ts';

/**
 * Whether a thread that was stopped while running is inside a restartable sequence (man 2 rseq). Making a call there
 * would hide from the kernel that the sequence was interrupted, so that it is neither aborted nor valid.
 * struct rseq: rseq_cs at 8; struct rseq_cs: start_ip at 8, post_commit_offset at 16 (linux/rseq.h).
 */
export function insideRseq(tracee: Tracee, pid: number, registers: BigUint64Array): boolean {
  const area = tracee.rseqArea();
  if (area === 0n) return false;
  const buffer = new NativeBuffer(32);
  if (tryReadMemory(pid, buffer.address, area + 8n, 8) !== 8) return false;
  const descriptor = buffer.u64[0];
  if (descriptor === 0n) return false;
  if (tryReadMemory(pid, buffer.address, descriptor, 32) !== 32) return false;
  const offset = registers[REG.rip] - buffer.u64[1];
  return offset >= 0n && offset < buffer.u64[2];
}
