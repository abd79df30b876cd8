import { readFileSync } from 'node:fs';
import { processorSeconds } from '../../syscalls/calls.ts';

/**
 * What one fault of tracking costs the program, in seconds: the fault itself takes 1.1 to 1.3 µs, and the program runs
 * slower after it (caches, and the TLB that the next arming flushes).
 */
export const FAULT_SECONDS = 1.5e-6;
/** Part of the program's own processor time that faults may take before pages are armed less often. */
const MAX_PROGRAM_SHARE = 0.02;
/** Bounds of what that is of one processor. */
const MIN_CORE_SHARE = 0.005;
const MAX_CORE_SHARE = 0.02;
/** Time in which the rate of faults follows a change, in milliseconds. */
const FOLLOW_MS = 400;
/** How often processor time and fault counts of the program are read, in milliseconds. */
const READ_EVERY_MS = 1000;
/** Interval after a sample with more writes than the program had faults at the last reading: it has become busy. */
const READ_BUSY_EVERY_MS = 100;
/** Minor faults and processor seconds of a process so far; null if it ended. */
export type ReadUsage = () => { readonly faults: number; readonly seconds: number } | null;

/**
 * Reads field minflt of /proc/PID/stat (man 5 proc), and the process's own clock: utime and stime of that file are rounded
 * to 10 ms, so a program that is nearly idle would seem to spend all its time in faults.
 */
export function usageOf(pid: number): ReadUsage {
  return () => {
    try {
      const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
      // The name in field 2 may hold spaces and parentheses; the last one ends it. The next field is number 3.
      const faults = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[7]);
      const seconds = processorSeconds(pid);
      return seconds === null ? null : { faults, seconds };
    } catch {
      return null;
    }
  };
}

/** How many faults tracking causes, what share of the program's time they take, and how many are acceptable. */
export class FaultBudget {
  /** Moving mean of the faults a second. */
  faultsPerSecond = 0;
  private readonly readUsage: ReadUsage;
  private last: { at: number; faults: number; seconds: number } | null = null;
  /** Processors that the program uses; null until it was measured. */
  private cores: number | null = null;
  /** All minor faults of the program a second: an upper bound of those that tracking causes. */
  private minorFaults = Infinity;
  /** Faults that were noted since processor time was read. */
  private noted = 0;
  private share: number | null = null;

  constructor(readUsage: ReadUsage) {
    this.readUsage = readUsage;
  }

  /** `faults` were caused in the last `elapsedMs` milliseconds, until `now`. */
  note(faults: number, elapsedMs: number, now: number): void {
    const found = elapsedMs > 0 ? (faults / elapsedMs) * 1000 : 0;
    const readEveryMs = found > this.minorFaults ? READ_BUSY_EVERY_MS : READ_EVERY_MS;
    this.noted += faults;
    if (this.last === null || now - this.last.at >= readEveryMs) this.measure(now);
    if (elapsedMs <= 0) return;
    const rate = Math.min(found, this.minorFaults);
    this.faultsPerSecond += (rate - this.faultsPerSecond) * (1 - Math.exp(-elapsedMs / FOLLOW_MS));
  }

  /** Faults a second that are accepted. */
  get allowedPerSecond(): number {
    const share = MAX_PROGRAM_SHARE * (this.cores ?? 1);
    return Math.min(Math.max(share, MIN_CORE_SHARE), MAX_CORE_SHARE) / FAULT_SECONDS;
  }

  /**
   * Share of the program's processor time that goes into the faults, 0 to 1; null until it was measured. Both are measured
   * between the same two readings. Otherwise the share of a program that becomes busy or idle would briefly be wrong.
   */
  get programShare(): number | null {
    return this.share;
  }

  private measure(now: number): void {
    const usage = this.readUsage();
    if (usage === null) return;
    if (this.last !== null) {
      const seconds = (now - this.last.at) / 1000;
      const used = usage.seconds - this.last.seconds;
      const faults = usage.faults - this.last.faults;
      this.cores = used / seconds;
      this.minorFaults = faults / seconds;
      const cost = Math.min(this.noted, faults) * FAULT_SECONDS;
      this.share = cost === 0 ? 0 : Math.min(1, cost / Math.max(used, cost));
    }
    this.noted = 0;
    this.last = { at: now, ...usage };
  }
}
