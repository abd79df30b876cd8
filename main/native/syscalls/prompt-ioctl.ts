import { tryCall } from './call.ts';
import { tryIoctl } from './calls.ts';
import { SYS } from './constants.ts';
import { NativeBuffer } from './native-buffer.ts';

/** Policies of man 7 sched. */
const SCHED_OTHER = 0;
const SCHED_RR = 2;
const SCHED_RESET_ON_FORK = 0x40000000;
const REALTIME_PRIORITY = 1;
const CALLING_THREAD = 0;

let parameter: NativeBuffer | undefined;
/** Not where the user may not (neither CAP_SYS_NICE nor RLIMIT_RTPRIO), or this thread has another policy already. */
let permitted: boolean | undefined;

/**
 * `tryIoctl` for a request that holds the mmap_lock of the watched program. This thread is not preempted in it, where that is
 * permitted: while it waits for a processor with the lock held, every mmap and munmap of the program waits too, for
 * milliseconds on a busy machine. Requests are short (see BoundedScan).
 */
export function promptIoctl(fd: number, request: number, argument: NativeBuffer): number {
  permitted ??= tryCall(SYS.sched_getscheduler, CALLING_THREAD) === SCHED_OTHER;
  if (!permitted || !setPolicy(SCHED_RR | SCHED_RESET_ON_FORK, REALTIME_PRIORITY)) {
    permitted = false;
    return tryIoctl(fd, request, argument);
  }
  try {
    return tryIoctl(fd, request, argument);
  } finally {
    setPolicy(SCHED_OTHER, 0);
  }
}

function setPolicy(policy: number, priority: number): boolean {
  const buffer = (parameter ??= new NativeBuffer(8));
  buffer.i32[0] = priority;
  return tryCall(SYS.sched_setscheduler, CALLING_THREAD, policy, buffer.address) === 0;
}
