import { PAGE_SIZE } from '#shared/memory/page.ts';
import { call, tryCall } from '../syscalls/call.ts';
import { MMAP, SYS } from '../syscalls/constants.ts';
import { copyMemory, storeWord } from '../syscalls/ffi.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';

const MAP_SHARED = 1;
/** Offsets in struct perf_event_mmap_page. */
const DATA_HEAD = 1024;
const DATA_TAIL = 1032;
/** Record types, and what a call chain has where it changes from the kernel to the program (perf_callchain_context). */
const RECORD = { LOST: 2, THROTTLE: 5, SAMPLE: 9 } as const;
const CONTEXT_MARKERS = 0xffff_ffff_ffff_f000n;

/** One write that a breakpoint saw. */
export interface BreakpointEvent {
  /** The instruction after the one that wrote. */
  readonly ip: bigint;
  readonly tid: number;
  /** CLOCK_MONOTONIC-like time of perf, in nanoseconds. */
  readonly timeNs: bigint;
  /** Return addresses, innermost first; empty without stacks. */
  readonly stack: readonly bigint[];
}

/** The ring buffer of one event descriptor, read by copying it: it is memory that the kernel writes to meanwhile. */
export class EventRing {
  private readonly base: bigint;
  private readonly bytes: number;
  private readonly header = new NativeBuffer(16);
  private readonly copy: NativeBuffer;

  /** Maps `pages` (a power of two) of events. Throws SyscallError: EPERM beyond kernel.perf_event_mlock_kb. */
  constructor(fd: number, pages: number) {
    this.bytes = pages * PAGE_SIZE;
    const length = this.bytes + PAGE_SIZE;
    this.base = BigInt(
      call('mmap', SYS.mmap, 0, length, MMAP.PROT_READ | MMAP.PROT_WRITE, MAP_SHARED, fd, 0),
    );
    this.copy = new NativeBuffer(this.bytes);
  }

  /** Passes on all events since the last call, oldest first. Returns how many were lost because the ring was full. */
  drain(visit: (event: BreakpointEvent) => void): number {
    copyMemory(this.header.address, this.base + BigInt(DATA_HEAD), 16);
    const [head, tail] = [this.header.u64[0], this.header.u64[1]];
    if (head === tail) return 0;
    copyMemory(this.copy.address, this.base + BigInt(PAGE_SIZE), this.bytes);
    let lost = 0;
    for (let at = tail; at < head;) {
      const type = this.u32(at);
      const size = this.u32(at + 4n) >>> 16;
      // A header that was overwritten: the events after it cannot be separated.
      if (size < 8) break;
      if (type === RECORD.SAMPLE) visit(this.sample(at + 8n, at + BigInt(size)));
      else if (type === RECORD.LOST) lost += Number(this.u64(at + 16n));
      at += BigInt(size);
    }
    storeWord(this.base + BigInt(DATA_TAIL), head);
    return lost;
  }

  close(): void {
    tryCall(SYS.munmap, this.base, this.bytes + PAGE_SIZE);
  }

  private sample(at: bigint, end: bigint): BreakpointEvent {
    const stack: bigint[] = [];
    if (at + 24n < end) {
      const count = this.u64(at + 24n);
      for (let i = 0n; i < count && at + 32n + i * 8n < end; i++) {
        const address = this.u64(at + 32n + i * 8n);
        if (address < CONTEXT_MARKERS) stack.push(address);
      }
    }
    return {
      ip: this.u64(at),
      tid: this.u32(at + 12n),
      timeNs: this.u64(at + 16n),
      // The first is the instruction itself.
      stack: stack.slice(1),
    };
  }

  /** Records are multiples of 8 bytes, so that no word wraps around. */
  private u64(at: bigint): bigint {
    return this.copy.u64[Number(at % BigInt(this.bytes)) / 8];
  }

  private u32(at: bigint): number {
    return this.copy.u32[Number(at % BigInt(this.bytes)) / 4];
  }
}
