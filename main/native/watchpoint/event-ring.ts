import { PAGE_SIZE } from '#shared/memory/page.ts';
import { call, tryCall } from '../syscalls/call.ts';
import { MMAP, SYS } from '../syscalls/constants.ts';
import { copyMemory, storeWord } from '../syscalls/ffi.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';

const MAP_SHARED = 1;
/** Offsets in struct perf_event_mmap_page. */
const DATA_HEAD = 1024;
const DATA_TAIL = 1032;
/** Record types. */
const RECORD = { LOST: 2, SAMPLE: 9 } as const;

/** One sample in the ring; valid during the visit. Offsets are bytes from the first word after its header. */
export interface RingSample {
  readonly length: number;
  u32(offset: number): number;
  u64(offset: number): bigint;
  /** A copy. */
  bytes(offset: number, length: number): Uint8Array;
}

/** The ring buffer of one event descriptor, read by copying it: it is memory that the kernel writes to meanwhile. */
export class EventRing {
  private readonly base: bigint;
  private readonly size: number;
  private readonly header = new NativeBuffer(16);
  private readonly copy: NativeBuffer;

  /** Maps `pages` (a power of two) of events. Throws SyscallError: EPERM beyond kernel.perf_event_mlock_kb. */
  constructor(fd: number, pages: number) {
    this.size = pages * PAGE_SIZE;
    const length = this.size + PAGE_SIZE;
    this.base = BigInt(
      call('mmap', SYS.mmap, 0, length, MMAP.PROT_READ | MMAP.PROT_WRITE, MAP_SHARED, fd, 0),
    );
    this.copy = new NativeBuffer(this.size);
  }

  /** Passes on all samples since the last call, oldest first. Returns how many were lost because the ring was full. */
  drain(visit: (sample: RingSample) => void): number {
    copyMemory(this.header.address, this.base + BigInt(DATA_HEAD), 16);
    const [head, tail] = [this.header.u64[0], this.header.u64[1]];
    if (head === tail) return 0;
    this.take(tail, head);
    let lost = 0;
    for (let at = tail; at < head;) {
      const start = Number(at % BigInt(this.size));
      const type = this.u32(start);
      const length = this.u32(start + 4) >>> 16;
      // A header that was overwritten: the events after it cannot be separated.
      if (length < 8) break;
      if (type === RECORD.SAMPLE) visit(this.sample(start + 8, length - 8));
      else if (type === RECORD.LOST) lost += Number(this.u64(start + 16));
      at += BigInt(length);
    }
    storeWord(this.base + BigInt(DATA_TAIL), head);
    return lost;
  }

  close(): void {
    tryCall(SYS.munmap, this.base, this.size + PAGE_SIZE);
  }

  /** Copies what was written between two positions. */
  private take(tail: bigint, head: bigint): void {
    const from = Number(tail % BigInt(this.size));
    const bytes = Math.min(Number(head - tail), this.size);
    const first = Math.min(bytes, this.size - from);
    const data = this.base + BigInt(PAGE_SIZE);
    copyMemory(this.copy.address + BigInt(from), data + BigInt(from), first);
    if (bytes > first) copyMemory(this.copy.address, data, bytes - first);
  }

  private sample(start: number, length: number): RingSample {
    return {
      length,
      u32: (offset) => this.u32(start + offset),
      u64: (offset) => this.u64(start + offset),
      bytes: (offset, bytes) => {
        const out = new Uint8Array(bytes);
        const from = (start + offset) % this.size;
        const first = Math.min(bytes, this.size - from);
        out.set(this.copy.bytes.subarray(from, from + first));
        out.set(this.copy.bytes.subarray(0, bytes - first), first);
        return out;
      },
    };
  }

  /** Records are multiples of 8 bytes, so that no word wraps around. */
  private u64(at: number): bigint {
    return this.copy.u64[(at % this.size) / 8];
  }

  private u32(at: number): number {
    return this.copy.u32[(at % this.size) / 4];
  }
}
