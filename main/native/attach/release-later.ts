import type { Tracee } from './tracee.ts';
import { TraceeEnded } from './tracee.ts';

/**
 * A thread that did not stop in time cannot be let go either: PTRACE_DETACH works on stopped threads only. These are
 * looked after until they stop, and then undone and released; if we end before, the kernel releases them.
 */
const waiting = new Map<Tracee, () => void>();
let timer: NodeJS.Timeout | undefined;
const INTERVAL_MS = 20;

/** `undo` is called once the thread stands still, before it is released. */
export function releaseWhenStopped(tracee: Tracee, undo: () => void): void {
  waiting.set(tracee, undo);
  timer ??= setInterval(look, INTERVAL_MS);
  timer.unref();
}

function look(): void {
  for (const [tracee, undo] of waiting) {
    try {
      if (!tracee.pollStop()) continue;
      undo();
      tracee.detach();
    } catch (cause) {
      if (!(cause instanceof TraceeEnded)) continue;
    }
    waiting.delete(tracee);
  }
  if (waiting.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}
