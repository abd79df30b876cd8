/** The next multiple of `period` after `now`, counted from `due`: what became due meanwhile is left out. */
export function nextDue(due: number, period: number, now: number): number {
  return due + period * Math.max(1, Math.ceil((now - due) / period));
}

/**
 * Calls `tick` at a steady rate on the monotonic clock. A tick that is due while the last one has not ended is left
 * out, so that a slow source is sampled as fast as it can, and nothing piles up.
 */
export class Ticker {
  private readonly tick: () => Promise<void>;
  private timer: NodeJS.Timeout | null = null;
  private periodMs = 0;
  private dueMs = 0;

  constructor(tick: () => Promise<void>) {
    this.tick = tick;
  }

  /** Starts, or continues at another rate; the first tick comes at once. */
  start(hz: number): void {
    this.stop();
    this.periodMs = 1000 / hz;
    this.dueMs = performance.now();
    this.schedule();
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private schedule(): void {
    const mine = setTimeout(
      () => {
        void this.tick().finally(() => {
          // Stopped or restarted meanwhile.
          if (this.timer !== mine) return;
          this.dueMs = nextDue(this.dueMs, this.periodMs, performance.now());
          this.schedule();
        });
      },
      Math.max(0, this.dueMs - performance.now()),
    );
    this.timer = mine;
  }
}
