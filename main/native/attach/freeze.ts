import * as errors from '../errors.ts';
import { isUserWorker, readStatus, threadsOf } from '../process/status.ts';
import { sleepMicroseconds } from '../syscalls/calls.ts';
import { ERRNO } from '../syscalls/constants.ts';
import { SyscallError } from '../syscalls/errno.ts';
import { keepCall, resumeAsBefore, type Registers } from './interrupted-call.ts';
import { isReleasing, releaseWhenStopped } from './release-later.ts';
import { StopTimeout, Tracee, TraceeEnded } from './tracee.ts';

/** Time for one thread to stop while the others are stopped already, in milliseconds. */
const STOP_MS = 100;
/** Number of attempts; if a thread does not stop in time, the others are resumed until it has stopped. */
const MAX_ATTEMPTS = 5;
const PAUSE_MS = 50;
/** Time for threads in uninterruptible sleep to wake up, before the first is stopped. */
const WAKE_MS = 400;

interface Held {
  readonly tracee: Tracee;
  /** Null until it has stopped. */
  registers: Registers | null;
}

/**
 * A frozen program: every thread stopped with ptrace. Unlike SIGSTOP this notifies no process (no SIGCHLD to a shell,
 * no state T in its parent's eyes), it takes about 0.1 ms, and the kernel resumes the program if we die.
 */
export class Freeze {
  private readonly pid: number;
  private readonly held = new Map<number, Held>();

  private constructor(pid: number) {
    this.pid = pid;
  }

  /** Stops every thread of `pid`. Throws InspectorError, and then none is stopped. */
  static stop(pid: number): Freeze {
    for (let attempt = 1; ; attempt++) {
      try {
        return Freeze.attempt(pid);
      } catch (cause) {
        if (!(cause instanceof StopTimeout)) throw cause;
        const until = performance.now() + PAUSE_MS;
        while (isReleasing(pid) && performance.now() < until) sleepMicroseconds(1000);
        if (attempt === MAX_ATTEMPTS || isReleasing(pid)) throw errors.didNotStop(STOP_MS);
      }
    }
  }

  private static attempt(pid: number): Freeze {
    const freeze = new Freeze(pid);
    freeze.awaitWakeUps();
    try {
      // Threads that were started while we stopped the others are found in the next round.
      while (freeze.stopRound() > 0);
    } catch (cause) {
      freeze.release();
      throw cause;
    }
    return freeze;
  }

  get threads(): number {
    return this.held.size;
  }

  /** Resumes every thread. */
  release(): void {
    for (const [tid, { tracee, registers }] of this.held) {
      try {
        if (registers) resumeAsBefore(tracee, this.pid, registers);
        else releaseWhenStopped(tracee, this.pid, null);
      } catch (cause) {
        if (!(cause instanceof TraceeEnded)) throw cause;
        this.ended(tid, tracee);
      }
    }
    this.held.clear();
  }

  /** Waits, with nothing stopped, for threads that cannot be stopped (state D: waiting for a disk, for a child of vfork). */
  private awaitWakeUps(): void {
    const asleep = (tid: number) => readStatus(this.pid, tid)?.state === 'D';
    const until = performance.now() + WAKE_MS;
    for (let tids = threadsOf(this.pid).filter(asleep); tids.length > 0; tids = tids.filter(asleep)) {
      if (performance.now() >= until) return;
      sleepMicroseconds(500);
    }
  }

  private stopRound(): number {
    const fresh: [number, Held][] = [];
    for (const tid of threadsOf(this.pid)) {
      if (this.held.has(tid) || isUserWorker(this.pid, tid)) continue;
      const tracee = this.seize(tid);
      if (!tracee) continue;
      const held: Held = { tracee, registers: null };
      fresh.push([tid, held]);
      this.held.set(tid, held);
    }
    for (const [tid, held] of fresh) this.awaitStop(tid, held);
    return fresh.length;
  }

  private seize(tid: number, again = false): Tracee | null {
    try {
      const tracee = Tracee.seize(tid);
      tracee.interrupt();
      return tracee;
    } catch (cause) {
      if (cause instanceof TraceeEnded) return null;
      if (!(cause instanceof SyscallError)) throw cause;
      // A zombie thread, or the leader that has ended before the others, cannot be traced.
      const status = readStatus(this.pid, tid);
      if (cause.errno === ERRNO.ESRCH || !status || 'ZX'.includes(status.state)) return null;
      const { tracerPid } = status;
      // It is to be released from a stop before this one.
      if (tracerPid === process.pid) throw new StopTimeout(`thread ${tid}`);
      if (tracerPid > 0) throw errors.alreadyTraced(tracerPid);
      // Its tracer may have left since.
      if (again) throw errors.notDumpable();
      return this.seize(tid, true);
    }
  }

  private awaitStop(tid: number, held: Held): void {
    try {
      for (let stop = held.tracee.waitStop(STOP_MS); stop.kind !== 'event';) {
        held.tracee.resume(stop.kind === 'signal' ? stop.signal : 0);
        stop = held.tracee.waitStop(STOP_MS);
      }
      held.registers = keepCall(held.tracee, this.pid);
    } catch (cause) {
      this.held.delete(tid);
      if (cause instanceof TraceeEnded) {
        this.ended(tid, held.tracee);
        return;
      }
      if (cause instanceof StopTimeout) releaseWhenStopped(held.tracee, this.pid, null);
      throw cause;
    }
  }

  /** The exit of a child of ours is left to its own waitpid. */
  private ended(tid: number, tracee: Tracee): void {
    if (tid !== this.pid || readStatus(this.pid)?.ppid !== process.pid) tracee.reap();
  }
}
