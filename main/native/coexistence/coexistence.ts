import type { Backend, SuspendedBackend } from '../backends/write-tracker.ts';
import { pollSteadily } from '../polling.ts';
import { DescriptorWatch } from './descriptor-watch.ts';
import { ReturnLater } from './return-later.ts';
import { comeBack, stepAside, type Replacement } from './step-aside.ts';

/** The source whose backend is replaced. */
export interface Replaceable {
  /** What currently tracks the program. */
  backend(): Backend;
  /** The current backend is closed already. */
  replace(replacement: Replacement): void;
  /** The program may have ended or called exec. */
  poll(): void;
  /** The program has ended. */
  ended(): void;
}

/**
 * The program's own userfaultfd takes precedence over ours: when it opens one, the backend that registers memory is replaced by
 * one that does not, and returns when the program turns out to track writes only.
 */
export class Coexistence {
  private readonly pid: number;
  private readonly source: Replaceable;
  private readonly returning: ReturnLater;
  private stopPolling: () => void = () => undefined;
  private hasEnded = false;

  constructor(pid: number, source: Replaceable) {
    this.pid = pid;
    this.source = source;
    this.returning = new ReturnLater(pid, (...what) => this.comeBack(...what));
  }

  /** Polls every 10 ms for a userfaultfd that was opened after `watch` was made. */
  begin(watch: DescriptorWatch): void {
    this.stopPolling = pollSteadily(() => this.poll(watch));
  }

  /** The source is closed, or the program has ended. */
  end(): void {
    this.hasEnded = true;
    this.stopPolling();
    this.returning.cancel();
  }

  private poll(watch: DescriptorWatch): void {
    if (this.hasEnded) return;
    // A launched program is followed through exec: the earlier, the less is missed.
    if (!this.source.backend().tracker.alive()) this.source.poll();
    else if (watch.poll().length > 0) this.stepAside();
  }

  private stepAside(): void {
    this.stopPolling();
    try {
      const replacement = stepAside(this.pid, this.source.backend());
      if (replacement.suspended) this.returning.wait(replacement.suspended);
      this.source.replace(replacement);
    } catch {
      // Without a backend the program has ended.
      this.source.ended();
    }
  }

  private comeBack(suspended: SuspendedBackend, hasClosed: boolean): void {
    if (this.hasEnded) return suspended.close();
    try {
      // Descriptors that it opens after this are noticed.
      const descriptors = new DescriptorWatch(this.pid);
      const replacement = comeBack(this.pid, this.source.backend(), suspended, hasClosed);
      if (replacement === null) return;
      this.source.replace(replacement);
      this.begin(descriptors);
    } catch {
      this.source.ended();
    }
  }
}
