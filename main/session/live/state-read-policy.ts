/** State planes are read in every sample while that takes no longer than this, in milliseconds. */
const CHEAP = 2;
/** Else they take this share of the time, … */
const SHARE = 0.03;
/** … but are read at least this often (milliseconds) while they leave half of the time free. */
const SELDOM = 250;

/** Decides which samples read the state planes (present, swapped, …), which cost more and change less than Written. */
export class StateReadPolicy {
  private cost = 0;
  private last = -Infinity;
  private asked = true;

  /** The next sample shall read them whatever it costs. */
  ask(): void {
    this.asked = true;
  }

  /** Whether the sample at time `now` (milliseconds) shall read them. */
  due(now: number): boolean {
    if (this.asked || this.cost <= CHEAP) return true;
    return now - this.last >= Math.max(Math.min(this.cost / SHARE, SELDOM), this.cost * 2);
  }

  /** They were read at `now`, in `cost` milliseconds. */
  done(now: number, cost: number): void {
    this.asked = false;
    this.last = now;
    this.cost = cost;
  }
}
