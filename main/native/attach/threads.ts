import { readProc } from '../process/proc-files.ts';
import { isUserWorker, readStatus, threadsOf } from '../process/status.ts';
import { waitingCall } from './restarted-call.ts';
import { SYS } from '../syscalls/constants.ts';

/** A thread that may be stopped briefly, and its rank. */
export interface Candidate {
  readonly tid: number;
  /** The lowest rank is the best. */
  readonly rank: number;
  /** Stack pointer while it is blocked; 0n while it runs. */
  readonly stackPointer: bigint;
  /** The call that it waits in after an earlier stop; null if it is in another, or not known. */
  readonly restarts: number | null;
}

/** A call that a stop makes return early, with fewer bytes or events than requested: it cannot be restarted. */
const RETURNS_PART = new Set<number>([
  SYS.write,
  SYS.writev,
  SYS.sendto,
  SYS.sendmsg,
  SYS.sendmmsg,
  SYS.sendfile,
  SYS.splice,
  SYS.recvmmsg,
  SYS.io_getevents,
  // Returns the number of submitted requests.
  SYS.io_uring_enter,
  // Its descriptor is gone after EINTR.
  SYS.close,
]);

/** Calls that return EINTR after a stop (man 7 signal, "stop signals"); they are made again, with their whole timeout. */
const RETURNS_EINTR = new Set<number>([
  SYS.epoll_wait,
  SYS.epoll_pwait,
  SYS.epoll_pwait2,
  SYS.rt_sigtimedwait,
  SYS.semop,
  SYS.semtimedop,
  // Only with SO_RCVTIMEO or SO_SNDTIMEO.
  SYS.connect,
  SYS.accept,
  SYS.accept4,
  SYS.recvfrom,
  SYS.recvmsg,
]);

/** Rank of a thread by its state: 0 is best. */
function rankOf(number: number | null): number {
  // Running: nothing of it is interrupted.
  if (number === null) return 1;
  if (RETURNS_PART.has(number)) return 3;
  return RETURNS_EINTR.has(number) ? 2 : 0;
}

/**
 * The threads of `pid` in the order in which to try them. Best is one blocked in a call that the kernel makes
 * again by itself, then one that runs, then one in a call that returns EINTR, last one in a call that would return early.
 * Left out: threads run by the kernel (state D, io_uring workers) and threads with a seccomp filter of their own.
 */
export function candidates(pid: number): Candidate[] {
  const found: Candidate[] = [];
  for (const tid of threadsOf(pid)) {
    const status = readStatus(pid, tid);
    if (!status || !'RST'.includes(status.state) || status.seccomp !== 0 || status.tracerPid !== 0) continue;
    if (isUserWorker(pid, tid)) continue;
    const { number, stackPointer } = blockedCall(pid, tid);
    const restarts = number === SYS.restart_syscall ? waitingCall(pid, tid) : null;
    // Among threads of the same rank the main thread comes last: stopping it is noticed most.
    found.push({ tid, rank: rankOf(number) * 2 + (tid === pid ? 1 : 0), stackPointer, restarts });
  }
  return found.sort((a, b) => a.rank - b.rank);
}

/** The call that a thread is blocked in: null if it runs (`running`) or waits for a page (`-1 …`). */
function blockedCall(pid: number, tid: number): { number: number | null; stackPointer: bigint } {
  const fields = readProc(pid, `task/${tid}/syscall`)?.trim().split(' ') ?? [];
  const number = Number.parseInt(fields[0] ?? '', 10);
  if (Number.isNaN(number)) return { number: null, stackPointer: 0n };
  return { number: number < 0 ? null : number, stackPointer: BigInt(fields.at(-2) ?? 0) };
}
