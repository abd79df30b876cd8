/** Time that a thread needs to run again after it is released, in milliseconds: added to what was measured. */
const WAKE_MS = 0.02;

/** Bounds of the effect on the program. */
export interface WriterBounds {
  /** Writes that are shown, a second. */
  readonly maxRate: number;
  /** Share of a thread's time that it may wait for us, 0 to 1. */
  readonly maxShare: number;
}

/** What the threads of a program waited in the current interval, and whether that is too much. */
export class Budget {
  private readonly bounds: WriterBounds;
  private readonly waited = new Map<number, number>();
  private events = 0;
  private highest = 0;
  private intervalMs = 0;
  totalWaitedMs = 0;

  constructor(bounds: WriterBounds) {
    this.bounds = bounds;
  }

  /** Begins an interval of `intervalMs`. */
  begin(intervalMs: number): void {
    this.intervalMs = intervalMs;
    this.waited.clear();
    this.events = 0;
    this.highest = 0;
  }

  /** Thread `tid` waited `ms`, from when it can have begun to wait to its release. */
  add(tid: number, ms: number): void {
    const waited = (this.waited.get(tid) ?? 0) + ms + WAKE_MS;
    this.waited.set(tid, waited);
    this.highest = Math.max(this.highest, waited);
    this.totalWaitedMs += ms + WAKE_MS;
    this.events++;
  }

  /** Whether no more may be armed in this interval. */
  get isSpent(): boolean {
    const { maxRate, maxShare } = this.bounds;
    return this.events >= (maxRate * this.intervalMs) / 1000 || this.highest >= maxShare * this.intervalMs;
  }
}
