/** State planes are read in every sample while that takes no longer than this. */
const MAX_CHEAP_MS = 2;
/** Else they take this share of the time, … */
const SHARE = 0.015;
/** … but are read at least this often while they leave half of the time free. */
const MAX_PERIOD_MS = 1000;

/** Decides which samples read the state planes (present, swapped, …), which cost more and change less than Written. */
export class StateReadPolicy {
  private costMs = 0;
  private lastMs = -Infinity;
  private asked = true;

  /** The next sample reads them at any cost. */
  ask(): void {
    this.asked = true;
  }

  /** Whether the sample at time `nowMs` reads them. */
  due(nowMs: number): boolean {
    if (this.asked || this.costMs <= MAX_CHEAP_MS) return true;
    return nowMs - this.lastMs >= Math.max(Math.min(this.costMs / SHARE, MAX_PERIOD_MS), this.costMs * 2);
  }

  /** The state planes were read at `nowMs`, which took `costMs`. */
  done(nowMs: number, costMs: number): void {
    this.asked = false;
    this.lastMs = nowMs;
    this.costMs = costMs;
  }
}
