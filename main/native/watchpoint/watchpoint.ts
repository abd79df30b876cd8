import { readFileSync } from 'node:fs';
import { InspectorError } from '#shared/contract/errors.ts';
import { hasEnded, threadsOf } from '../process/status.ts';
import { tryReadMemory } from '../syscalls/calls.ts';
import { ERRNO } from '../syscalls/constants.ts';
import { errnoName, SyscallError } from '../syscalls/errno.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { type BreakpointEvent, EventRing } from './event-ring.ts';
import { type Breakpoint, closeEvent, enable, openBreakpoint, shareRing } from './perf-event.ts';

/** Tried in turn: the first is what kernel.perf_event_mlock_kb permits an ordinary user by default. */
const RING_PAGES = [128, 32, 8];

/** The writes since the last look. */
export interface Look {
  /** By time. */
  readonly events: readonly BreakpointEvent[];
  /** Writes that were seen and not kept: the ring was full. */
  readonly lost: number;
  /** The word before and after, where exactly one write is between two readings; else null. */
  readonly values: { readonly before: bigint; readonly after: bigint } | null;
}

/**
 * Every write of a process to 1, 2, 4 or 8 bytes, by hardware breakpoints of perf (kernel/events/hw_breakpoint.c): one for
 * each thread on each processor. Nothing is stopped and nothing of the program is changed; each write costs the program a
 * debug exception, 1 to 2 µs. Writes by the kernel (system calls into the word) are not seen. When this process dies, the
 * kernel removes the breakpoints.
 */
export class Watchpoint {
  readonly pid: number;
  private readonly breakpoint: Breakpoint;
  private readonly fds: number[] = [];
  /** By processor. */
  private readonly rings = new Map<number, { fd: number; ring: EventRing }>();
  private readonly word = new NativeBuffer(8);
  private value: bigint | null = null;

  /** Watches every thread that there is, and those that they start. Throws InspectorError, and nothing is watched then. */
  constructor(pid: number, breakpoint: Breakpoint) {
    this.pid = pid;
    this.breakpoint = breakpoint;
    try {
      // Threads that start meanwhile are found by the second pass, or inherit from a thread that has it already.
      const known = new Set<number>();
      const unknown = () => this.threads().filter((tid) => !known.has(tid));
      for (let tids = unknown(); tids.length > 0; tids = unknown()) {
        for (const tid of tids) {
          known.add(tid);
          this.watchThread(tid);
        }
      }
      if (this.fds.length === 0) throw new InspectorError('program-ended', `Process ${pid} has ended.`);
      this.run(true);
      this.value = this.read();
    } catch (cause) {
      this.close();
      throw cause;
    }
  }

  /** Takes what happened since the last call. */
  look(): Look {
    const events: BreakpointEvent[] = [];
    let lost = 0;
    const drain = () => {
      for (const { ring } of this.rings.values()) lost += ring.drain((event) => void events.push(event));
    };
    drain();
    const { length } = events;
    const before = this.value;
    this.value = this.read();
    drain();
    const single = length === 1 && events.length === 1 && lost === 0;
    // What came between the two readings belongs to neither value.
    if (events.length > length) this.value = null;
    events.sort((a, b) => (a.timeNs < b.timeNs ? -1 : Number(a.timeNs > b.timeNs)));
    const values = single && before !== null && this.value !== null ? { before, after: this.value } : null;
    return { events, lost, values };
  }

  /** Lets the breakpoints act or not; the program runs at full speed while they do not. */
  run(on: boolean): void {
    for (const fd of this.fds) enable(fd, on);
    if (on) this.value = null;
  }

  get alive(): boolean {
    return !hasEnded(this.pid);
  }

  close(): void {
    for (const { ring } of this.rings.values()) ring.close();
    this.rings.clear();
    for (const fd of this.fds.splice(0)) closeEvent(fd);
  }

  private threads(): number[] {
    const tids = threadsOf(this.pid);
    if (tids.length === 0) throw new InspectorError('no-such-process', `There is no process ${this.pid}.`);
    return tids;
  }

  private watchThread(tid: number): void {
    for (const cpu of processors()) {
      const fd = openBreakpoint(this.breakpoint, tid, cpu);
      if (fd === -ERRNO.ESRCH) return;
      if (fd < 0) throw explain(-fd);
      this.fds.push(fd);
      const shared = this.rings.get(cpu);
      if (shared) {
        const result = shareRing(fd, shared.fd);
        if (result < 0) throw explain(-result);
      } else this.rings.set(cpu, { fd, ring: mapRing(fd) });
    }
  }

  private read(): bigint | null {
    const { address, size } = this.breakpoint;
    this.word.u64[0] = 0n;
    const read = tryReadMemory(this.pid, this.word.address, Number(address), size);
    return read === size ? this.word.u64[0] : null;
  }
}

function mapRing(fd: number): EventRing {
  let errno = 0;
  for (const pages of RING_PAGES) {
    try {
      return new EventRing(fd, pages);
    } catch (cause) {
      if (!(cause instanceof SyscallError)) throw cause;
      ({ errno } = cause);
    }
  }
  throw explain(errno);
}

/** Numbers of the processors that are on line: `0-3,8` in /sys/devices/system/cpu/online. */
function processors(): number[] {
  const text = readFileSync('/sys/devices/system/cpu/online', 'latin1').trim();
  return text.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

function explain(errno: number): InspectorError {
  switch (errno) {
    case ERRNO.ENOSPC:
      return new InspectorError(
        'already-traced',
        'The debug registers are in use: a processor has four, and a debugger or another watchpoint holds them.',
        'Delete hardware watchpoints in gdb, or end the other watchpoints.',
      );
    case ERRNO.EPERM:
    case ERRNO.EACCES:
      return new InspectorError(
        'not-permitted',
        'The kernel does not permit this user to set hardware breakpoints in this process.',
        'Watch a process of your own with kernel.perf_event_paranoid at 2 or less, or run as root.',
      );
    case ERRNO.ENOENT:
    case ERRNO.EINVAL:
    case ERRNO.EOPNOTSUPP:
    case ERRNO.ENODEV:
      return new InspectorError(
        'unsupported',
        'This machine offers no hardware breakpoints; not every virtual machine does.',
        'Use "soft-dirty watch", which needs none.',
      );
    default:
      return new InspectorError('internal', `perf_event_open failed with ${errnoName(errno)}.`);
  }
}
