import type { HugeRestoration, RestoreProgress } from '#shared/source/huge-restoration.ts';

interface Running {
  readonly restoration: HugeRestoration;
  cancelled: boolean;
  done: Promise<void>;
}

/** Restores huge pages of programs after detaching, while the session does other work. */
export class Restorations {
  private readonly report: (progress: RestoreProgress) => void;
  private readonly running = new Map<number, Running>();

  /** @param report gets progress, and the end of each that had anything to restore */
  constructor(report: (progress: RestoreProgress) => void) {
    this.report = report;
  }

  begin(restoration: HugeRestoration): void {
    const { pid } = restoration;
    this.cancel(pid);
    const running: Running = { restoration, cancelled: false, done: Promise.resolve() };
    this.running.set(pid, running);
    const report = (progress: RestoreProgress) => {
      if (progress.total > 0) this.report(progress);
    };
    running.done = restoration
      .run(report, () => running.cancelled)
      .then((result) => {
        if (this.running.get(pid) === running) this.running.delete(pid);
        report(result);
      });
  }

  cancel(pid: number): void {
    const running = this.running.get(pid);
    if (running) running.cancelled = true;
  }

  cancelAll(): void {
    for (const pid of this.running.keys()) this.cancel(pid);
  }

  /** Cancels those of process `pid`; resolves when nothing touches it, with the tiles that are still split. */
  async end(pid: number): Promise<readonly number[]> {
    const running = this.running.get(pid);
    this.cancel(pid);
    await running?.done;
    return running?.restoration.remaining() ?? [];
  }

  get isRunning(): boolean {
    return this.running.size > 0;
  }

  /** Resolves when all ended. */
  async settled(): Promise<void> {
    await Promise.all([...this.running.values()].map(({ done }) => done));
  }
}
