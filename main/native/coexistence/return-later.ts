import type { SuspendedBackend } from '../backends/write-tracker.ts';
import { userfaultfdsOf } from './userfaultfds.ts';

/** Time for a program that opened a userfaultfd to register its own memory, in milliseconds. */
const GRACE_MS = 2000;
/** Doubled each time that the program opens another one, up to this. */
const MAX_GRACE_MS = 64_000;

/**
 * Decides when a backend that stepped aside for a userfaultfd returns: after a grace period, if the program only tracks
 * writes with it, or closed it. One that handles page faults keeps write-protection from returning.
 */
export class ReturnLater {
  private readonly pid: number;
  private readonly comeBack: (suspended: SuspendedBackend, hasClosed: boolean) => void;
  private graceMs = GRACE_MS;
  private suspended: SuspendedBackend | null = null;
  private timer: NodeJS.Timeout | null = null;

  /** @param comeBack takes over what was written; `hasClosed`: the program no longer has a userfaultfd */
  constructor(pid: number, comeBack: (suspended: SuspendedBackend, hasClosed: boolean) => void) {
    this.pid = pid;
    this.comeBack = comeBack;
  }

  /** Waits with `suspended`, which is taken over. */
  wait(suspended: SuspendedBackend): void {
    this.cancel();
    this.suspended = suspended;
    this.timer = setTimeout(() => this.decide(), this.graceMs);
    this.timer.unref();
    this.graceMs = Math.min(MAX_GRACE_MS, this.graceMs * 2);
  }

  cancel(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.suspended?.close();
    this.suspended = this.timer = null;
  }

  private decide(): void {
    const { suspended } = this;
    const uses = userfaultfdsOf(this.pid).map(({ use }) => use);
    if (suspended === null || uses.includes('handles-faults')) return this.cancel();
    this.suspended = null;
    // Its purpose is not known yet.
    if (uses.includes('unset')) this.wait(suspended);
    else this.comeBack(suspended, uses.length === 0);
  }
}
