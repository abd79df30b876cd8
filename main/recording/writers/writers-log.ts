import type { TimeRange } from '#shared/contract/recording.ts';
import type { WritersInterval } from '#shared/contract/writers.ts';

/** Numbers and names that are kept, of all intervals together: some tens of MiB. */
const MAX_WEIGHT = 1_000_000;

/** The writers of the last intervals of a live session, within a bound of memory. */
export class WritersLog {
  private readonly maxWeight: number;
  private intervals: WritersInterval[] = [];
  private weight = 0;

  constructor(maxWeight = MAX_WEIGHT) {
    this.maxWeight = maxWeight;
  }

  /** The next interval, by time. */
  push(interval: WritersInterval): void {
    this.intervals.push(interval);
    this.weight += weightOf(interval);
    let gone = 0;
    while (this.weight > this.maxWeight && gone < this.intervals.length - 1)
      this.weight -= weightOf(this.intervals[gone++]);
    if (gone > 0) this.intervals = this.intervals.slice(gone);
  }

  within({ startNs, endNs }: TimeRange): readonly WritersInterval[] {
    return this.intervals.filter(({ timeNs }) => timeNs >= startNs && timeNs <= endNs);
  }
}

/** What an interval takes of memory, about, in numbers. */
export const weightOf = ({ places, writers, runs }: WritersInterval): number =>
  10 + runs.length + places.length * 30 + writers.reduce((sum, { stack }) => sum + 10 + stack.length, 0);
