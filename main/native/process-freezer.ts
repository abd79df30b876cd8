import { Freeze } from './attach/freeze.ts';

/** Stops and resumes one process: until the user resumes it, or during a sample. */
export class ProcessFreezer {
  private readonly pid: number;
  private frozen: Freeze | null = null;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** Whether it is stopped. */
  get held(): boolean {
    return this.frozen !== null;
  }

  /** Stops every thread until resumed. Throws InspectorError, and then none is stopped. */
  hold(): void {
    this.frozen ??= Freeze.stop(this.pid);
  }

  release(): void {
    this.frozen?.release();
    this.frozen = null;
  }

  /** Runs `task` while every thread is stopped. */
  during<T>(task: () => T): T {
    if (this.held) return task();
    this.hold();
    try {
      return task();
    } finally {
      this.release();
    }
  }

  /** Like `during`; returns how many threads were stopped, and for how long; zeros if they were stopped already. */
  measure(task: () => void): { threads: number; stoppedNs: number } {
    if (this.held) {
      task();
      return { threads: 0, stoppedNs: 0 };
    }
    const began = process.hrtime.bigint();
    let threads = 0;
    this.during(() => {
      threads = this.frozen?.threads ?? 0;
      task();
    });
    return { threads, stoppedNs: Number(process.hrtime.bigint() - began) };
  }
}
