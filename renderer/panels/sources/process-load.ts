import type { ListedProcess } from '#shared/contract/process-list.ts';

/** Answers that come sooner are too close for a figure: the kernel counts in steps of 10 ms. */
const MIN_SPAN_MS = 900;

interface Seen {
  readonly cpuMs: number;
  readonly ageMs: number;
  readonly percent: number;
}

/** The load of each process between two answers of the engine; at first the mean since the process was started. */
export class ProcessLoad {
  private seen: ReadonlyMap<number, Seen> = new Map();

  /** Takes an answer; processes that are no longer in it are forgotten. @returns percent of one processor by pid */
  update(processes: readonly ListedProcess[]): ReadonlyMap<number, number> {
    const next = new Map<number, Seen>();
    for (const { pid, cpuMs, ageMs } of processes) next.set(pid, this.seenNow(pid, cpuMs, ageMs));
    // Hidden by the search: they may come back.
    for (const [pid, seen] of this.seen) if (!next.has(pid) && this.seen.size < 10_000) next.set(pid, seen);
    this.seen = next;
    return new Map([...next].map(([pid, { percent }]) => [pid, percent]));
  }

  private seenNow(pid: number, cpuMs: number, ageMs: number): Seen {
    const before = this.seen.get(pid);
    // Another process has the number now.
    const isSame = before !== undefined && before.ageMs <= ageMs && before.cpuMs <= cpuMs;
    // In its first milliseconds the steps would count for hundreds of percent.
    if (!isSame) return { cpuMs, ageMs, percent: percentOf(cpuMs, Math.max(ageMs, MIN_SPAN_MS)) };
    const span = ageMs - before.ageMs;
    return span < MIN_SPAN_MS ? before : { cpuMs, ageMs, percent: percentOf(cpuMs - before.cpuMs, span) };
  }
}

const percentOf = (cpuMs: number, spanMs: number): number => Math.round((cpuMs / spanMs) * 1000) / 10;
