import type { ListedProcess } from '#shared/contract/process-list.ts';
import { readStart } from './read-file.ts';

/** Milliseconds of a clock tick in /proc: USER_HZ is 100 on every architecture that Node runs on. */
const TICK_MS = 10;
/** Fields of /proc/PID/stat after the name (man 5 proc numbers them from 1): utime 14, stime 15, starttime 22. */
const UTIME = 14 - 3;
const STIME = 15 - 3;
const START = 22 - 3;

/** Milliseconds since the system was booted. */
export const uptimeMs = (): number => Number((readStart('/proc/uptime') ?? '0').split(' ')[0]) * 1000;

/** Returns a function that continues `uptimeMs` without reading /proc again. */
export function uptimeClock(): () => number {
  const offset = uptimeMs() - performance.now();
  return () => offset + performance.now();
}

/** Processor time and age of a process; zeros if it has ended. @param uptime of the system at the time of the call, in ms */
export function processTimes(pid: number, uptime: () => number): Pick<ListedProcess, 'cpuMs' | 'ageMs'> {
  const text = readStart(`/proc/${pid}/stat`);
  if (text === null) return { cpuMs: 0, ageMs: 0 };
  // The name may hold blanks and parentheses; the last one ends it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = (at: number): number => Number(fields[at] ?? 0);
  return {
    cpuMs: (ticks(UTIME) + ticks(STIME)) * TICK_MS,
    ageMs: Math.max(0, uptime() - ticks(START) * TICK_MS),
  };
}
