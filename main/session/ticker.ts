/**
 * Calls `tick` at a steady rate on the monotonic clock. A tick that is due while the last one has not ended is left
 * out, so that a slow source is sampled as fast as it can, and nothing piles up.
 */
export class Ticker {
  private readonly tick: () => Promise<void>;
  private timer: NodeJS.Timeout | null = null;
  private period = 0;
  private due = 0;

  constructor(tick: () => Promise<void>) {
    this.tick = tick;
  }

  /** Starts, or goes on with another rate; the first tick comes at once. */
  start(hz: number): void {
    this.stop();
    this.period = 1000 / hz;
    this.due = performance.now();
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
          // Stopped or started anew meanwhile.
          if (this.timer !== mine) return;
          const now = performance.now();
          this.due += this.period * Math.max(1, Math.ceil((now - this.due) / this.period));
          this.schedule();
        });
      },
      Math.max(0, this.due - performance.now()),
    );
    this.timer = mine;
  }
}
