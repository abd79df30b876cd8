import { tryCall } from './call.ts';
import { sleepMicroseconds, tryIoctl } from './calls.ts';
import { SYS } from './constants.ts';
import { NativeBuffer } from './native-buffer.ts';

/** Policies of man 7 sched. */
const SCHED_OTHER = 0;
const SCHED_RR = 2;
const SCHED_RESET_ON_FORK = 0x40000000;
const REALTIME_PRIORITY = 1;
const CALLING_THREAD = 0;

/**
 * A thread of the program that waits for the lock is woken when it is free, and until it runs the next request takes the
 * lock again, for up to 4 ms (RWSEM_WAIT_TIMEOUT of kernel/locking/rwsem.c). So after MAX_HELD_MS of requests a pause lets it
 * run. Occasionally a thread takes longer to wake, so after MAX_HELD_LONG_MS the pause is longer.
 */
const MAX_HELD_MS = 0.1;
const PAUSE_US = 60;
const MAX_HELD_LONG_MS = 1.5;
const LONG_PAUSE_US = 250;

let parameter: NativeBuffer | undefined;
/** False without permission (neither CAP_SYS_NICE nor RLIMIT_RTPRIO), or where this thread has another policy already. */
let permitted: boolean | undefined;
/** Time in requests since the last pause and since the last long one, in milliseconds. */
let heldMs = 0;
let heldLongMs = 0;
/** End of the last request on performance.now(). */
let endedAt = -Infinity;

/** Tasks of `promptly` that run inside each other. */
let depth = 0;

/**
 * Runs `task`, several requests that follow each other, without this thread being preempted in between, where that is permitted:
 * changing the policy for each costs as much as a short request, and a busy machine would run others each time.
 */
export function promptly<T>(task: () => T): T {
  if (depth === 0) {
    permitted ??= tryCall(SYS.sched_getscheduler, CALLING_THREAD) === SCHED_OTHER;
    if (permitted) permitted = setPolicy(SCHED_RR | SCHED_RESET_ON_FORK, REALTIME_PRIORITY);
  }
  depth++;
  try {
    return task();
  } finally {
    depth--;
    if (depth === 0 && permitted) setPolicy(SCHED_OTHER, 0);
  }
}

/**
 * `tryIoctl` for a request that holds the mmap_lock of the watched program. This thread is not preempted during it, if that is
 * permitted: while it waits for a processor with the lock held, every mmap and munmap of the program waits too, for
 * milliseconds on a busy machine. Requests are short (see BoundedScan).
 */
export function promptIoctl(fd: number, request: number, argument: NativeBuffer): number {
  return promptly(() => {
    const begin = performance.now();
    const result = tryIoctl(fd, request, argument);
    giveWay(begin, performance.now());
    return result;
  });
}

/** Pauses where it is due, after a request from `begin` to `end`. Under the real-time policy, whose timers have no slack. */
function giveWay(begin: number, end: number): void {
  // A gap longer than a pause was a pause.
  const gapUs = (begin - endedAt) * 1000;
  heldMs = (gapUs < PAUSE_US ? heldMs : 0) + end - begin;
  heldLongMs = (gapUs < LONG_PAUSE_US ? heldLongMs : 0) + end - begin;
  endedAt = end;
  if (heldLongMs > MAX_HELD_LONG_MS) sleepMicroseconds(LONG_PAUSE_US);
  else if (heldMs > MAX_HELD_MS) sleepMicroseconds(PAUSE_US);
}

function setPolicy(policy: number, priority: number): boolean {
  const buffer = (parameter ??= new NativeBuffer(8));
  buffer.i32[0] = priority;
  return tryCall(SYS.sched_setscheduler, CALLING_THREAD, policy, buffer.address) === 0;
}

/** man 2 prctl */
const PR_SET_TIMERSLACK = 29;

/**
 * Makes this thread run as soon as it has work, from now on: threads of the watched program wait for it. A real-time
 * priority, which children do not inherit, if that is permitted; and sleeps that end on time.
 */
export function makePrompt(): void {
  tryCall(SYS.prctl, PR_SET_TIMERSLACK, 1);
  if (tryCall(SYS.sched_getscheduler, CALLING_THREAD) !== SCHED_OTHER) return;
  setPolicy(SCHED_RR | SCHED_RESET_ON_FORK, REALTIME_PRIORITY);
  // Requests then find another policy than their own and do not change it.
  permitted = false;
}
