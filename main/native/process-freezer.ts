import { Freeze } from './attach/freeze.ts';

/** Stops and continues one process: for as long as the user wants, or for the moment of a sample. */
export class ProcessFreezer {
  private readonly pid: number;
  private frozen: Freeze | null = null;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** Whether it is held. */
  get held(): boolean {
    return this.frozen !== null;
  }

  /** Stops every thread and keeps them so. Throws InspectorError, and then none is stopped. */
  hold(): void {
    this.frozen ??= Freeze.stop(this.pid);
  }

  release(): void {
    this.frozen?.release();
    this.frozen = null;
  }

  /** Runs `task` while every thread stands still. */
  during<T>(task: () => T): T {
    if (this.held) return task();
    this.hold();
    try {
      return task();
    } finally {
      this.release();
    }
  }

  /** The same, and how many threads stood still for how long; zeros where they are held anyway. */
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
