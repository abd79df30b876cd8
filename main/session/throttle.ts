/** Limits how often something is reported. */
export class Throttle {
  private readonly periodMs: number;
  private lastMs = -Infinity;

  /** @param periodMs shortest time between two reports */
  constructor(periodMs: number) {
    this.periodMs = periodMs;
  }

  /** Whether a report is due; if so, it counts as made. @param force it is due at any time */
  take(force = false): boolean {
    const nowMs = performance.now();
    if (!force && nowMs - this.lastMs < this.periodMs) return false;
    this.lastMs = nowMs;
    return true;
  }
}
