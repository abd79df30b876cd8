import type { CopiedStack } from '../symbols/unwinder.ts';

/** Share of the time that unwinding may take; writes beyond it have no callers. */
const UNWIND_SHARE = 0.2;
/**
 * Maximum time that can be saved up, in milliseconds: the first stacks read the call frame information of each file.
 */
const MAX_UNWIND_MS = 500;

/** Bounds the time that the stacks of many writes take. */
export class UnwindBudget {
  private leftMs = MAX_UNWIND_MS;
  private atMs = performance.now();

  /** Runs `task` with `stack`, or with null if the time is used up. */
  unwind<Result>(stack: CopiedStack | null, task: (stack: CopiedStack | null) => Result): Result {
    if (stack === null) return task(null);
    const begin = performance.now();
    this.leftMs = Math.min(MAX_UNWIND_MS, this.leftMs + (begin - this.atMs) * UNWIND_SHARE);
    this.atMs = begin;
    const result = task(this.leftMs > 0 ? stack : null);
    this.leftMs -= performance.now() - begin;
    return result;
  }
}
