/** The system calls of the engine, typed. Each throws SyscallError unless documented otherwise. */
import { call, tryCall } from './call.ts';
import { SYS } from './constants.ts';
import type { Word } from './ffi.ts';
import { NativeBuffer } from './native-buffer.ts';

/** Returns the request's result, or a negative errno. */
export function tryIoctl(fd: number, request: number, argument: NativeBuffer): number {
  return tryCall(SYS.ioctl, fd, request, argument.address);
}

/** PIDFD_THREAD: of one thread, not of a whole process (Linux 6.9). */
const PIDFD_THREAD = 0x80;

/** A descriptor of the process, immune to the reuse of its pid; with `thread` of one thread. */
export function pidfdOpen(pid: number, thread = false): number {
  return call('pidfd_open', SYS.pidfd_open, pid, thread ? PIDFD_THREAD : 0);
}

/** Our own copy of descriptor `fd` of the process behind `pidfd`; needs the right to attach to it. */
export function pidfdGetfd(pidfd: number, fd: number): number {
  return call('pidfd_getfd', SYS.pidfd_getfd, pidfd, fd, 0);
}

/** CPUCLOCK_SCHED of a whole process, see clock_getcpuclockid(3) and posix_cpu_clock_get() in kernel/time/posix-cpu-timers.c. */
const PROCESS_CLOCK = 2;

/** Processor time of all threads of a process so far, in seconds, exact to the nanosecond; null if it ended. */
export function processorSeconds(pid: number): number | null {
  const time = new NativeBuffer(16);
  const clock = ((~pid << 3) | PROCESS_CLOCK) >>> 0;
  if (tryCall(SYS.clock_gettime, clock, time.address) < 0) return null;
  return Number(time.u64[0]) + Number(time.u64[1]) / 1e9;
}

/** Whether two processes run in one address space (man 2 kcmp); false where that is not known. */
export function shareMemory(pid: number, other: number): boolean {
  const KCMP_VM = 1;
  return tryCall(SYS.kcmp, pid, other, KCMP_VM, 0, 0) === 0;
}

const POLLIN = 1;

/** Whether the process behind `pidfd` has ended (man 2 pidfd_open: readable then). */
export function pidfdExited(pidfd: number): boolean {
  const entry = new NativeBuffer(8);
  entry.i32[0] = pidfd;
  entry.i32[1] = POLLIN;
  return tryCall(SYS.poll, entry.address, 1, 0) > 0;
}

/**
 * The head of a thread's list of robust futexes, an address in its process: part of what the C library keeps for the thread. 0
 * if it has none or may not be read.
 */
export function robustListHead(tid: number): bigint {
  const out = new NativeBuffer(16);
  return tryCall(SYS.get_robust_list, tid, out.address, out.address + 8n) < 0 ? 0n : out.u64[0];
}

/** Yields the processor. */
export function schedYield(): void {
  tryCall(SYS.sched_yield);
}

const timespec = { buffer: undefined as NativeBuffer | undefined };

/** Blocks this thread for `microseconds`; for the short waits of an attach, which must be synchronous. */
export function sleepMicroseconds(microseconds: number): void {
  const buffer = (timespec.buffer ??= new NativeBuffer(16));
  buffer.u64[0] = BigInt(Math.floor(microseconds / 1e6));
  buffer.u64[1] = BigInt(Math.round(microseconds % 1e6) * 1000);
  tryCall(SYS.nanosleep, buffer.address, 0);
}

let vectors: NativeBuffer | undefined;

function transfer(number: number, pid: number, ours: Word, theirs: Word, bytes: number): number {
  const iov = (vectors ??= new NativeBuffer(32));
  iov.u64[0] = BigInt(ours);
  iov.u64[1] = BigInt(bytes);
  iov.u64[2] = BigInt(theirs);
  iov.u64[3] = BigInt(bytes);
  return tryCall(number, pid, iov.address, 1, iov.address + 16n, 1, 0);
}

/** process_vm_readv of one range into our memory at `ours`: bytes read (may be fewer), or a negative errno. */
export function tryReadMemory(pid: number, ours: Word, theirs: Word, bytes: number): number {
  return transfer(SYS.process_vm_readv, pid, ours, theirs, bytes);
}

/** process_vm_writev of one range. Used only for the frame of the attach, never on the program's own data. */
export function tryWriteMemory(pid: number, ours: Word, theirs: Word, bytes: number): number {
  return transfer(SYS.process_vm_writev, pid, ours, theirs, bytes);
}
