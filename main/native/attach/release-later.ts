import { keepCall, resumeAsBefore, type Registers } from './interrupted-call.ts';
import type { Tracee } from './tracee.ts';
import { TraceeEnded } from './tracee.ts';

/** Restores the stopped thread; returns its registers. */
export type Undo = () => Registers;

/**
 * A thread that did not stop in time cannot be released either: PTRACE_DETACH works on stopped threads only. These are
 * polled until they stop, and then undone and released; if this process ends before, the kernel releases them.
 */
const waiting = new Map<Tracee, { readonly pid: number; readonly undo: Undo | null }>();
let timer: NodeJS.Timeout | undefined;
/** The thread is stopped for up to this long. */
const INTERVAL_MS = 1;

/** `undo` runs once thread `tracee` of process `pid` is stopped; null if nothing of it was changed. */
export function releaseWhenStopped(tracee: Tracee, pid: number, undo: Undo | null): void {
  waiting.set(tracee, { pid, undo });
  timer ??= setInterval(pollThreads, INTERVAL_MS);
  timer.unref();
}

/** Whether a thread of process `pid` is still to be released, after polling all of them. */
export function isReleasing(pid: number): boolean {
  pollThreads();
  return [...waiting.values()].some((thread) => thread.pid === pid);
}

function pollThreads(): void {
  for (const [tracee, { pid, undo }] of waiting) {
    try {
      const stop = tracee.pollTakenStop();
      if (!stop) continue;
      if (stop.kind === 'signal' || (stop.kind === 'syscall' && !undo)) {
        // A signal that stopped it is delivered.
        tracee.resume(stop.kind === 'signal' ? stop.signal : 0);
        continue;
      }
      resumeAsBefore(tracee, pid, undo ? undo() : keepCall(tracee, pid));
    } catch (cause) {
      if (!(cause instanceof TraceeEnded)) continue;
    }
    waiting.delete(tracee);
  }
  if (waiting.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}
