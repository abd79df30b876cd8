import { readFileSync } from 'node:fs';
import { InspectorError } from '#shared/contract/errors.ts';
import { threadsOf } from '../process/status.ts';
import { ERRNO } from '../syscalls/constants.ts';
import { SyscallError } from '../syscalls/errno.ts';
import { EventRing, type RingSample } from './event-ring.ts';
import { closeEvent, enable, shareRing } from './perf-event.ts';

/** Tried in turn: 128 is what kernel.perf_event_mlock_kb permits an ordinary user by default. */
const RING_PAGES = [128, 32, 8];

export interface ThreadEventsOptions {
  /** A disabled event of perf for a thread, and those that it starts, on a processor: a descriptor or a negative errno. */
  open(tid: number, cpu: number): number;
  /** The error of an errno. */
  explain(errno: number): InspectorError;
  /** Pages of each ring, tried first. */
  readonly ringPages?: number;
}

/** One event of perf for every thread of a process on every processor; those of a processor share a ring. */
export class ThreadEvents {
  private readonly pid: number;
  private readonly options: ThreadEventsOptions;
  private readonly fds: number[] = [];
  /** Number of threads at the start. */
  threads = 0;
  /** By processor. */
  private readonly rings = new Map<number, { fd: number; ring: EventRing }>();

  /** Opens the events, disabled. Throws InspectorError, and then nothing is open. */
  constructor(pid: number, options: ThreadEventsOptions) {
    this.pid = pid;
    this.options = options;
    try {
      // Threads that start meanwhile are found by the second pass, or inherit from a thread that has it already.
      const known = new Set<number>();
      const unknown = () => this.list().filter((tid) => !known.has(tid));
      for (let tids = unknown(); tids.length > 0; tids = unknown()) {
        for (const tid of tids) {
          known.add(tid);
          this.openThread(tid);
        }
      }
      this.threads = known.size;
      if (this.fds.length === 0) throw new InspectorError('program-ended', `Process ${pid} has ended.`);
    } catch (cause) {
      this.close();
      throw cause;
    }
  }

  /** Passes on the samples since the last call, processor by processor. Returns how many were lost: the ring was full. */
  drain(visit: (sample: RingSample) => void): number {
    let lost = 0;
    for (const { ring } of this.rings.values()) lost += ring.drain(visit);
    return lost;
  }

  enable(on: boolean): void {
    for (const fd of this.fds) enable(fd, on);
  }

  close(): void {
    for (const { ring } of this.rings.values()) ring.close();
    this.rings.clear();
    for (const fd of this.fds.splice(0)) closeEvent(fd);
  }

  private list(): number[] {
    const tids = threadsOf(this.pid);
    if (tids.length === 0) throw new InspectorError('no-such-process', `There is no process ${this.pid}.`);
    return tids;
  }

  private openThread(tid: number): void {
    for (const cpu of processors()) {
      const fd = this.options.open(tid, cpu);
      if (fd === -ERRNO.ESRCH) return;
      if (fd < 0) throw this.options.explain(-fd);
      this.fds.push(fd);
      const shared = this.rings.get(cpu);
      if (shared) {
        const result = shareRing(fd, shared.fd);
        if (result < 0) throw this.options.explain(-result);
      } else this.rings.set(cpu, { fd, ring: this.mapRing(fd) });
    }
  }

  private mapRing(fd: number): EventRing {
    const { ringPages, explain } = this.options;
    let errno = 0;
    const [least] = RING_PAGES;
    const larger = [];
    for (let pages = ringPages ?? 0; pages > least; pages /= 2) larger.push(pages);
    for (const pages of [...larger, ...RING_PAGES]) {
      try {
        return new EventRing(fd, pages);
      } catch (cause) {
        if (!(cause instanceof SyscallError)) throw cause;
        ({ errno } = cause);
      }
    }
    throw explain(errno);
  }
}

/** Numbers of the processors that are on line: `0-3,8` in /sys/devices/system/cpu/online. */
function processors(): number[] {
  const text = readFileSync('/sys/devices/system/cpu/online', 'latin1').trim();
  return text.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
