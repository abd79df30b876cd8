import { readdirSync } from 'node:fs';
import { readProc } from '../process/proc-files.ts';
import { isUserWorker, readStatus } from '../process/status.ts';
import { SYS } from '../syscalls/constants.ts';

/** A thread that may be stopped for a moment, and how well it suits. */
export interface Candidate {
  readonly tid: number;
  /** Lower is better. */
  readonly rank: number;
  /** Stack pointer while it is blocked; 0n while it runs. */
  readonly stackPointer: bigint;
}

/** Calls that a stop makes return EINTR although nothing happened (man 7 signal, "stop signals"). */
const RETURNS_EINTR = new Set<number>([
  SYS.epoll_wait,
  SYS.epoll_pwait,
  SYS.epoll_pwait2,
  SYS.rt_sigtimedwait,
  SYS.semop,
  220, // semtimedop
  69, // msgsnd
  70, // msgrcv
  208, // io_getevents
]);

/**
 * The threads of `pid` in the order in which they should be tried. Best is one blocked in a call that the kernel
 * restarts by itself, then one in a call that returns EINTR, then one that runs. Left out: threads in the kernel's
 * hands (state D, io_uring workers) and threads with a seccomp filter of their own.
 */
export function candidates(pid: number): Candidate[] {
  let tids: number[];
  try {
    tids = readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
  const found: Candidate[] = [];
  for (const tid of tids) {
    const status = readStatus(pid, tid);
    if (!status || !'RST'.includes(status.state) || status.seccomp !== 0 || status.tracerPid !== 0) continue;
    if (isUserWorker(pid, tid)) continue;
    const { number, stackPointer } = blockedCall(pid, tid);
    const rank = number === null ? 2 : RETURNS_EINTR.has(number) ? 1 : 0;
    // The main thread is stopped last among equals: it is the one a user would notice.
    found.push({ tid, rank: rank * 2 + (tid === pid ? 1 : 0), stackPointer });
  }
  return found.sort((a, b) => a.rank - b.rank);
}

/** The call that a thread is blocked in: null where it runs (`running`) or waits for a page (`-1 …`). */
function blockedCall(pid: number, tid: number): { number: number | null; stackPointer: bigint } {
  const fields = readProc(pid, `task/${tid}/syscall`)?.trim().split(' ') ?? [];
  const number = Number.parseInt(fields[0] ?? '', 10);
  if (Number.isNaN(number)) return { number: null, stackPointer: 0n };
  return { number: number < 0 ? null : number, stackPointer: BigInt(fields.at(-2) ?? 0) };
}
