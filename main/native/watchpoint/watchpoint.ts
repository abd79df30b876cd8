import { cpus } from 'node:os';
import { InspectorError } from '#shared/contract/errors.ts';
import { checkReadable } from '../attach/preconditions.ts';
import { formatAddress, pageOfAddress } from '#shared/memory/page.ts';
import { AddressSpace } from '../process/address-space.ts';
import { Mappings } from '../writers/mappings.ts';
import { tryReadMemory } from '../syscalls/calls.ts';
import { ERRNO } from '../syscalls/constants.ts';
import { errnoName } from '../syscalls/errno.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import type { RingSample } from './event-ring.ts';
import type { CopiedStack } from '../symbols/unwinder.ts';
import { openBreakpoint } from './perf-event.ts';
import { registersAt, stackAt } from './sample-stack.ts';
import { ThreadEvents } from './thread-events.ts';

/** Bytes copied of each stack: a compromise between deep stacks and the number of writes that the buffer holds. */
const STACK_BYTES = 4096;
/** Largest ring buffer of a processor, in pages, a power of two: 1,900 stacks. All processors' buffers together: 64 MiB. */
const MAX_RING_PAGES = 2048;
const ALL_RINGS_PAGES = 16_384;

/** What is watched, and whether each write has the stack of its thread. */
export interface WatchedWord {
  readonly address: bigint;
  /** 1, 2, 4 or 8; the address is a multiple of it. */
  readonly size: number;
  readonly stacks: boolean;
}

/** One write that a breakpoint saw. */
export interface BreakpointEvent {
  /** The instruction after the one that wrote. */
  readonly ip: bigint;
  readonly tid: number;
  /** CLOCK_MONOTONIC-like time of perf, in nanoseconds. */
  readonly timeNs: bigint;
  /** From which its callers are found (`callersOf`); null without stacks. */
  readonly stack: CopiedStack | null;
}

/** The writes since the last poll. */
export interface PolledWrites {
  /** By time. */
  readonly events: readonly BreakpointEvent[];
  /** Writes that were seen and not kept: the ring was full. */
  readonly lost: number;
  /** The word before and after, if exactly one write is between two readings; else null. */
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
  private readonly breakpoint: WatchedWord;
  private readonly space: AddressSpace;
  private readonly events: ThreadEvents;
  private readonly word = new NativeBuffer(8);
  private value: bigint | null = null;

  /** Watches every thread that there is, and those that they start. Throws InspectorError, and nothing is watched then. */
  constructor(pid: number, breakpoint: WatchedWord) {
    const { address, size, stacks } = breakpoint;
    this.pid = pid;
    this.breakpoint = breakpoint;
    checkReadable(pid);
    this.space = openSpace(pid);
    try {
      checkMapped(pid, address);
      this.events = new ThreadEvents(pid, {
        open: (tid, cpu) => openBreakpoint({ address, size, stackBytes: stacks ? STACK_BYTES : 0 }, tid, cpu),
        explain,
        ...(stacks && {
          ringPages: Math.min(MAX_RING_PAGES, 2 ** Math.floor(Math.log2(ALL_RINGS_PAGES / cpus().length))),
        }),
      });
    } catch (cause) {
      this.space.close();
      throw cause;
    }
    this.run(true);
    this.value = this.read();
  }

  /** Threads that there were at the start. */
  get threads(): number {
    return this.events.threads;
  }

  /** Takes what happened since the last call. */
  poll(): PolledWrites {
    const events: BreakpointEvent[] = [];
    let lost = 0;
    const drain = () => (lost += this.events.drain((sample) => void events.push(decode(sample))));
    drain();
    const { length } = events;
    const before = this.value;
    this.value = this.read();
    drain();
    const single = length === 1 && events.length === 1 && lost === 0;
    // A write between the two readings belongs to neither value.
    if (events.length > length) this.value = null;
    events.sort((a, b) => (a.timeNs < b.timeNs ? -1 : Number(a.timeNs > b.timeNs)));
    const values = single && before !== null && this.value !== null ? { before, after: this.value } : null;
    return { events, lost, values };
  }

  /** Lets the breakpoints act or not; the program runs at full speed while they do not. */
  run(on: boolean): void {
    this.events.enable(on);
    if (on) this.value = null;
  }

  /** Why the memory that is watched is gone; null while it is there. The kernel removes the breakpoints then. */
  end(): 'exit' | 'exec' | null {
    return this.space.end();
  }

  close(): void {
    this.events.close();
    this.space.close();
  }

  private read(): bigint | null {
    const { address, size } = this.breakpoint;
    this.word.u64[0] = 0n;
    const read = tryReadMemory(this.pid, this.word.address, Number(address), size);
    return read === size ? this.word.u64[0] : null;
  }
}

/** PERF_SAMPLE_IP, TID, TIME, and REGS_USER and STACK_USER if there are stacks. */
function decode(sample: RingSample): BreakpointEvent {
  const registers = sample.length > AT_REGISTERS ? registersAt(sample, AT_REGISTERS) : null;
  const stack = registers && stackAt(sample, AT_REGISTERS, registers);
  return { ip: sample.u64(0), tid: sample.u32(12), timeNs: sample.u64(16), stack };
}

const AT_REGISTERS = 24;

function openSpace(pid: number): AddressSpace {
  try {
    return new AddressSpace(pid);
  } catch {
    throw explain(ERRNO.EACCES);
  }
}

/** A breakpoint on an unmapped address would never trigger. */
function checkMapped(pid: number, address: bigint): void {
  const mappings = new Mappings(pid);
  mappings.refresh();
  if (mappings.all.length === 0 || mappings.at(pageOfAddress(address)) !== undefined) return;
  throw new InspectorError(
    'bad-request',
    `Nothing is mapped at ${formatAddress(address)} of process ${pid}.`,
    `See the mappings in /proc/${pid}/maps.`,
  );
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
