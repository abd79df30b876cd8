import { Freeze } from './attach/freeze.ts';

/** Stops and continues one process: for as long as the user wants, or for the moment of a sample. */
export class Standstill {
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
    const freeze = Freeze.stop(this.pid);
    try {
      return task();
    } finally {
      freeze.release();
    }
  }
}
