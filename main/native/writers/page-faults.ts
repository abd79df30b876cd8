import { InspectorError } from '#shared/contract/errors.ts';
import { pageOfAddress } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { ERRNO } from '../syscalls/constants.ts';
import { errnoName } from '../syscalls/errno.ts';
import type { RingSample } from '../watchpoint/event-ring.ts';
import { openFaults } from '../watchpoint/perf-event.ts';
import { registersAt, stackAt } from '../watchpoint/sample-stack.ts';
import { ThreadEvents } from '../watchpoint/thread-events.ts';
import type { FirstWrite } from './tracer.ts';

const STACK_BYTES = 16 * 1024;
const RING_PAGES = 1024;
/** Faults kept of one page: reads before it is written, and a write while the sample is taken. */
const MAX_FAULTS = 8;
/** Bytes of stacks that wait for their sample: further faults have none. */
const MAX_STACKS_BYTES = 32 * 2 ** 20;
/** Pages whose faults wait for a sample; further ones count as lost. */
const MAX_PAGES = 2 ** 18;
/** Addresses of the kernel have the highest bit. */
const KERNEL = 1n << 63n;
const RIP = 16;
const AT = { ip: 0, tid: 12, time: 16, address: 24, registers: 32 } as const;

/**
 * The page faults of a process, as perf counts them (PERF_COUNT_SW_PAGE_FAULTS). Beside asynchronous write-protection the last
 * fault on a page that was written in an interval is its first write: a read before it faults earlier, and after it the page is writable.
 * Nothing is stopped, nothing waits, and the tracker is not involved.
 */
export class PageFaults {
  private readonly events: ThreadEvents;
  private readonly ranges: readonly PageRange[];
  /** Faults on each page since its last write was taken, by time; the earliest ones are dropped. */
  private readonly faults = new Map<number, Fault[]>();
  private stacksBytes = 0;
  /** Faults that are not known because the buffer was full, since the start. */
  lost = 0;

  /** Begins at once. Throws InspectorError. */
  constructor(pid: number, ranges: readonly PageRange[], stacks: boolean) {
    this.ranges = ranges;
    const stackBytes = stacks ? STACK_BYTES : 0;
    let kernel = true;
    this.events = new ThreadEvents(pid, {
      open: (tid, cpu) => {
        let fd = openFaults({ stackBytes, kernel }, tid, cpu);
        // An ordinary user may not see those of system calls.
        if (kernel && (fd === -ERRNO.EACCES || fd === -ERRNO.EPERM)) {
          kernel = false;
          fd = openFaults({ stackBytes, kernel }, tid, cpu);
        }
        return fd;
      },
      explain,
      ringPages: RING_PAGES,
    });
    this.events.enable(true);
  }

  /** Reads the faults since the last call; to be called often enough that the buffer does not fill up. */
  collect(): void {
    this.lost += this.events.drain((sample) => this.note(sample));
  }

  /**
   * The first writes to the pages for which `isWritten`, of a sample that read and armed them at a time between `beginNs` and `endNs`
   * (process.hrtime). Each is taken once.
   */
  take(isWritten: (page: number) => boolean, beginNs: bigint, endNs: bigint): FirstWrite[] {
    this.collect();
    const writes: FirstWrite[] = [];
    for (const [page, faults] of this.faults) {
      // A fault that is not resolved yet belongs to the next sample, which reports the write.
      if (!isWritten(page)) continue;
      const before = faults.filter(({ ns }) => ns <= beginNs).length;
      // A fault during the sample may belong to the next one: it is used only if nothing earlier is known, and one at
      // most.
      const count = before > 0 ? before : Number(faults[0].ns <= endNs);
      if (count === 0) continue;
      writes.push(faults[count - 1].write);
      const left = faults.slice(count);
      this.release(faults.slice(0, count));
      if (left.length === 0) this.faults.delete(page);
      else this.faults.set(page, left);
    }
    return writes;
  }

  close(): void {
    this.events.close();
  }

  private note(sample: RingSample): void {
    const address = sample.u64(AT.address);
    const page = pageOfAddress(address);
    if (!this.ranges.some(({ start, end }) => start <= page && page < end)) return;
    const known = this.faults.get(page);
    if (known === undefined && this.faults.size >= MAX_PAGES) {
      this.lost++;
      return;
    }
    const inCall = sample.u64(AT.ip) >= KERNEL;
    const registers = registersAt(sample, AT.registers);
    const write: FirstWrite = {
      address,
      tid: sample.u32(AT.tid),
      instruction: inCall ? (registers?.[RIP] ?? null) : sample.u64(AT.ip),
      inCall,
      stack:
        registers && this.stacksBytes < MAX_STACKS_BYTES ? stackAt(sample, AT.registers, registers) : null,
      timeMs: performance.timeOrigin + performance.now(),
    };
    this.stacksBytes += write.stack?.bytes.length ?? 0;
    const faults = [...(known ?? []), { ns: sample.u64(AT.time), write }];
    faults.sort((a, b) => Number(a.ns - b.ns));
    this.release(faults.slice(0, -MAX_FAULTS));
    this.faults.set(page, faults.slice(-MAX_FAULTS));
  }

  private release(faults: readonly Fault[]): void {
    for (const { write } of faults) this.stacksBytes -= write.stack?.bytes.length ?? 0;
  }
}

interface Fault {
  readonly ns: bigint;
  readonly write: FirstWrite;
}

function explain(errno: number): InspectorError {
  if (errno === ERRNO.EPERM || errno === ERRNO.EACCES)
    return new InspectorError(
      'not-permitted',
      'The kernel does not permit this user to sample page faults of this process.',
      'Watch a process of your own with kernel.perf_event_paranoid at 2 or less, or run as root.',
    );
  return new InspectorError('unsupported', `perf_event_open failed with ${errnoName(errno)}.`);
}
