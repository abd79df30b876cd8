import { tryCall } from '../syscalls/call.ts';
import { tryReadMemory } from '../syscalls/calls.ts';
import { PTRACE, SYS } from '../syscalls/constants.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import type { Tracee } from './tracee.ts';

/** struct ptrace_sud_config: mode, selector, offset, len (linux/ptrace.h). */
const CONFIG_BYTES = 32;
const DISPATCH_OFF = 0n;
const FILTER_ALLOW = 0;

/**
 * Whether a call that the stopped thread makes at one of these `syscall` instructions would become a SIGSYS: emulators
 * such as Wine handle the calls of other code themselves (prctl PR_SET_SYSCALL_USER_DISPATCH). Under our signal mask that
 * signal would end the program. Kernels before 6.4 do not report it, and those cannot write-protect either.
 */
export function interceptsCalls(tracee: Tracee, ...syscalls: bigint[]): boolean {
  const config = new NativeBuffer(CONFIG_BYTES);
  const { GET_SYSCALL_USER_DISPATCH_CONFIG } = PTRACE;
  const result = tryCall(
    SYS.ptrace,
    GET_SYSCALL_USER_DISPATCH_CONFIG,
    tracee.tid,
    CONFIG_BYTES,
    config.address,
  );
  const [mode, selector, offset, length] = config.u64;
  if (result < 0 || mode === DISPATCH_OFF) return false;
  // The kernel looks at the address behind the instruction, and an excepted range may wrap around.
  if (syscalls.every((at) => BigInt.asUintN(64, at + 2n - offset) < length)) return false;
  const value = new NativeBuffer(8);
  const known = selector !== 0n && tryReadMemory(tracee.tid, value.address, selector, 1) === 1;
  return !known || value.bytes[0] !== FILTER_ALLOW;
}
