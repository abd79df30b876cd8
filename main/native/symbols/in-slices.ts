import { setImmediate } from 'node:timers/promises';

/** How long a task runs before it yields, in milliseconds. */
const SLICE_MS = 4;

/** Runs a long task in slices, so that samples continue meanwhile: the task yields wherever it may be interrupted. */
export async function inSlices<T>(task: Generator<void, T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    const until = performance.now() + SLICE_MS;
    do {
      const step = task.next();
      if (step.done === true) return step.value;
    } while (performance.now() < until);
    await setImmediate();
    signal.throwIfAborted();
  }
}

/** Runs `task` to its end at once. */
export function finish<T>(task: Generator<void, T>): T {
  for (;;) {
    const step = task.next();
    if (step.done === true) return step.value;
  }
}
