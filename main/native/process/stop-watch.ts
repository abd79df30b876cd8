import { readProc } from './proc-files.ts';
import { memoryThread, readStatus, statusField } from './status.ts';

/** Time between two readings, in milliseconds: a program that is stopped at both, without having run, is stopped. */
const PERIOD_MS = 500;

/** Detects that something other than the inspector stopped a program: a signal (SIGSTOP, Ctrl+Z) or a debugger. */
export class StopWatch {
  private readonly pid: number;
  private dueAt = -Infinity;
  private last = '';
  private found: string | null = null;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** What stopped it, in words; null while it runs, or is held by the inspector. */
  get stopped(): string | null {
    return this.found;
  }

  /** Reads /proc/PID/status, at most twice a second. Returns whether `stopped` has changed. */
  poll(now = performance.now()): boolean {
    if (now < this.dueAt) return false;
    this.dueAt = now + PERIOD_MS;
    const { last, found } = this;
    const text = this.status();
    const field = (name: string) => statusField(text, name);
    const [state, tracer] = [field('State').charAt(0), Number(field('TracerPid'))];
    // A tracer of system calls stops it all the time, but it runs in between.
    this.last = `${state} ${field('voluntary_ctxt_switches')} ${field('nonvoluntary_ctxt_switches')}`;
    const isStopped = this.last === last && (state === 'T' || (state === 't' && tracer !== process.pid));
    this.found = isStopped ? reason(state, tracer) : null;
    return this.found !== found;
  }

  /** The status of another thread if the main thread has ended. */
  private status(): string {
    const text = readProc(this.pid, 'status') ?? '';
    if (!'ZX'.includes(statusField(text, 'State').charAt(0))) return text;
    return readProc(memoryThread(this.pid), 'status') ?? '';
  }
}

function reason(state: string, tracer: number): string {
  if (state === 'T') return 'stopped by a signal';
  return `stopped by ${readStatus(tracer)?.name ?? 'its tracer'} (${tracer})`;
}
