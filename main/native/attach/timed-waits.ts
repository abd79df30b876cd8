import { closeSync } from 'node:fs';
import { tryCall } from '../syscalls/call.ts';
import { pidfdGetfd, pidfdOpen, tryReadMemory } from '../syscalls/calls.ts';
import { ERRNO, IORING_ENTER, REG, SO, SYS } from '../syscalls/constants.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';

/** Timeout of a call that may return EINTR, and its result after it. */
export interface Wait {
  /** Null: infinite, an absolute time, or not known. */
  readonly timeoutMs: number | null;
  /** Result of the system call: 0 or -errno. */
  readonly result: number;
}

const ENDLESS: Wait = { timeoutMs: null, result: 0 };

type Read = (pid: number, registers: BigUint64Array) => Wait;

/** epoll_wait's: milliseconds, negative for infinite. */
const milliseconds: Read = (_pid, registers) => {
  const timeoutMs = Number(BigInt.asIntN(32, registers[REG.r10]));
  return { timeoutMs: timeoutMs < 0 ? null : timeoutMs, result: 0 };
};

/** A struct timespec in the program's memory, at the address in `register`; a null pointer: infinite. */
const timespecAt =
  (register: number, result: number): Read =>
  (pid, registers) => ({ timeoutMs: timespecMs(pid, registers[register]), result });

const received: Read = (pid, registers) => ({
  timeoutMs: socketTimeoutMs(pid, registers, SO.RCVTIMEO),
  result: -ERRNO.EAGAIN,
});
const sent: Read = (pid, registers) => ({
  timeoutMs: socketTimeoutMs(pid, registers, SO.SNDTIMEO),
  result: -ERRNO.EAGAIN,
});

/** The calls with a relative timeout that return EINTR after a stop. The kernel keeps the time of all others itself. */
const TIMED = new Map<number, Read>([
  [SYS.epoll_wait, milliseconds],
  [SYS.epoll_pwait, milliseconds],
  [SYS.epoll_pwait2, timespecAt(REG.r10, 0)],
  [SYS.rt_sigtimedwait, timespecAt(REG.rdx, -ERRNO.EAGAIN)],
  [SYS.semtimedop, timespecAt(REG.r10, -ERRNO.EAGAIN)],
  [SYS.io_getevents, timespecAt(REG.r8, 0)],
  [SYS.io_uring_enter, ringTimeout],
  ...[SYS.read, SYS.readv, SYS.recvfrom, SYS.recvmsg, SYS.recvmmsg, SYS.accept, SYS.accept4].map(
    (number) => [number, received] as const,
  ),
  ...[SYS.write, SYS.writev, SYS.sendto, SYS.sendmsg, SYS.sendmmsg].map((number) => [number, sent] as const),
  [SYS.connect, connected],
]);

/** The wait of system call `number` with its arguments in `registers`. */
export function waitOf(pid: number, registers: BigUint64Array, number: number): Wait {
  return TIMED.get(number)?.(pid, registers) ?? ENDLESS;
}

/** struct io_uring_getevents_arg: the address of a timespec at 16 (linux/io_uring.h). */
function ringTimeout(pid: number, registers: BigUint64Array): Wait {
  const flags = Number(registers[REG.r10] & 0xffff_ffffn);
  const { EXT_ARG, ABS_TIMER, EXT_ARG_REG } = IORING_ENTER;
  if ((flags & EXT_ARG) === 0 || (flags & (ABS_TIMER | EXT_ARG_REG)) !== 0) return ENDLESS;
  const argument = new NativeBuffer(24);
  if (tryReadMemory(pid, argument.address, registers[REG.r8], 24) !== 24) return ENDLESS;
  return { timeoutMs: timespecMs(pid, argument.u64[2]), result: -ERRNO.ETIME };
}

function timespecMs(pid: number, address: bigint): number | null {
  if (address === 0n) return null;
  const timespec = new NativeBuffer(16);
  if (tryReadMemory(pid, timespec.address, address, 16) !== 16) return null;
  return Number(timespec.u64[0]) * 1000 + Math.ceil(Number(timespec.u64[1]) / 1e6);
}

/** A Unix socket waits for room in the other's backlog, others for the answer of the other end. */
function connected(pid: number, registers: BigUint64Array): Wait {
  const AF_UNIX = 1;
  const wait = sent(pid, registers);
  if (wait.timeoutMs === null) return wait;
  const unix = ofSocket(pid, registers, SO.DOMAIN, (value) => value.u32[0]) === AF_UNIX;
  return unix ? wait : { ...wait, result: -ERRNO.EINPROGRESS };
}

/** SO_RCVTIMEO or SO_SNDTIMEO of the socket that is the call's first argument; null if it has none, or is not a socket. */
function socketTimeoutMs(pid: number, registers: BigUint64Array, option: number): number | null {
  const timeoutMs = ofSocket(
    pid,
    registers,
    option,
    ({ u64 }) => Number(u64[0]) * 1000 + Math.ceil(Number(u64[1]) / 1000),
  );
  return timeoutMs === 0 ? null : timeoutMs;
}

/** The result of `read` for a socket option, through a copy of the descriptor; null if it cannot be copied. */
function ofSocket(
  pid: number,
  registers: BigUint64Array,
  option: number,
  read: (value: NativeBuffer) => number,
): number | null {
  let pidfd = -1;
  let socket = -1;
  try {
    pidfd = pidfdOpen(pid);
    socket = pidfdGetfd(pidfd, Number(BigInt.asIntN(32, registers[REG.rdi])));
    const value = new NativeBuffer(24);
    value.u32[4] = 16;
    const length = value.address + 16n;
    if (tryCall(SYS.getsockopt, socket, SO.SOL_SOCKET, option, value.address, length) < 0) return null;
    return read(value);
  } catch {
    return null;
  } finally {
    if (socket >= 0) closeSync(socket);
    if (pidfd >= 0) closeSync(pidfd);
  }
}
