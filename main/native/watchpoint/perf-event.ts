import { closeSync } from 'node:fs';
import { tryCall } from '../syscalls/call.ts';
import { SYS } from '../syscalls/constants.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';

/** Numbers of include/uapi/linux/perf_event.h and hw_breakpoint.h. */
const PERF_TYPE_BREAKPOINT = 5;
const HW_BREAKPOINT_W = 2;
const SAMPLE = { IP: 1, TID: 2, TIME: 4, CALLCHAIN: 32 } as const;
/** Bits of the flags word of perf_event_attr. */
const DISABLED = 1n << 0n;
const INHERIT = 1n << 1n;
const EXCLUDE_KERNEL = 1n << 5n;
const EXCLUDE_HV = 1n << 6n;
const EXCLUDE_CALLCHAIN_KERNEL = 1n << 21n;
/** Children of fork do not inherit, threads do (Linux 5.13). */
const INHERIT_THREAD = 1n << 35n;
const PERF_FLAG_FD_CLOEXEC = 8;
/** PERF_ATTR_SIZE_VER5: known since Linux 4.1. */
const ATTR_BYTES = 112;

const IOC = { ENABLE: 0x2400, DISABLE: 0x2401, SET_OUTPUT: 0x2405 } as const;

export interface Breakpoint {
  readonly address: bigint;
  /** 1, 2, 4 or 8; the address is a multiple of it. */
  readonly size: number;
  /** Whether each event has the stack, by frame pointers. */
  readonly stacks: boolean;
}

/**
 * A hardware breakpoint on writes by thread `tid` and the threads that it starts, while they run on `cpu`; disabled at first. A
 * descriptor, or a negative errno (man 2 perf_event_open): ENOSPC where the debug registers are in use.
 */
export function openBreakpoint({ address, size, stacks }: Breakpoint, tid: number, cpu: number): number {
  const attr = new NativeBuffer(ATTR_BYTES);
  attr.u32[0] = PERF_TYPE_BREAKPOINT;
  attr.u32[1] = ATTR_BYTES;
  attr.u64[2] = 1n; // sample_period
  attr.u64[3] = BigInt(SAMPLE.IP | SAMPLE.TID | SAMPLE.TIME | (stacks ? SAMPLE.CALLCHAIN : 0));
  attr.u64[5] =
    DISABLED |
    INHERIT |
    INHERIT_THREAD |
    EXCLUDE_KERNEL |
    EXCLUDE_HV |
    (stacks ? EXCLUDE_CALLCHAIN_KERNEL : 0n);
  attr.u32[12] = 1; // wakeup_events
  attr.u32[13] = HW_BREAKPOINT_W;
  attr.u64[7] = address;
  attr.u64[8] = BigInt(size);
  return tryCall(SYS.perf_event_open, attr.address, tid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

/** Lets the events of `fd` go to the ring of `ring`, which must be of the same processor. 0 or a negative errno. */
export const shareRing = (fd: number, ring: number): number => tryCall(SYS.ioctl, fd, IOC.SET_OUTPUT, ring);

export const enable = (fd: number, on: boolean): number =>
  tryCall(SYS.ioctl, fd, on ? IOC.ENABLE : IOC.DISABLE, 0);

export const closeEvent = (fd: number): void => closeSync(fd);
