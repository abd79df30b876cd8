/** The longest time that passes for a program or a recording between two samples: the period of the slowest rate. */
const MAX_ELAPSED_MS = 10_000;

/** Measures the time between samples, which passes for what has no clock of its own: a simulated program, a recording. */
export class ElapsedClock {
  private lastMs = performance.now();

  /** The time until now does not count. */
  restart(): void {
    this.lastMs = performance.now();
  }

  /** Milliseconds since the last call, which count as passed then. */
  take(): number {
    const nowMs = performance.now();
    const elapsedMs = Math.min(nowMs - this.lastMs, MAX_ELAPSED_MS);
    this.lastMs = nowMs;
    return elapsedMs;
  }
}
