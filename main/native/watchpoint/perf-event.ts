import { closeSync } from 'node:fs';
import { tryCall } from '../syscalls/call.ts';
import { SYS } from '../syscalls/constants.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';

/** Numbers of include/uapi/linux/perf_event.h and hw_breakpoint.h. */
const PERF_TYPE_SOFTWARE = 1;
const PERF_TYPE_BREAKPOINT = 5;
const PERF_COUNT_SW_PAGE_FAULTS = 2;
const HW_BREAKPOINT_W = 2;
const SAMPLE = {
  IP: 1,
  TID: 2,
  TIME: 4,
  ADDR: 8,
  REGS_USER: 1 << 12,
  STACK_USER: 1 << 13,
} as const;
/** ax, bx, cx, dx, si, di, bp, sp, ip, r8 … r15 (arch/x86/include/uapi/asm/perf_regs.h). */
const REGISTERS = 0xff01ffn;
/** Bits of the flags word of perf_event_attr. */
const DISABLED = 1n << 0n;
const INHERIT = 1n << 1n;
const EXCLUDE_KERNEL = 1n << 5n;
const EXCLUDE_HV = 1n << 6n;
const USE_CLOCKID = 1n << 25n;
const CLOCK_MONOTONIC = 1;
/** Children of fork do not inherit, threads do (Linux 5.13). */
const INHERIT_THREAD = 1n << 35n;
/** Removed on exec: the new program has other memory at the address (Linux 5.13). */
const REMOVE_ON_EXEC = 1n << 36n;
const PERF_FLAG_FD_CLOEXEC = 8;
/** PERF_ATTR_SIZE_VER5: known since Linux 4.1. */
const ATTR_BYTES = 112;

const IOC = { ENABLE: 0x2400, DISABLE: 0x2401, SET_OUTPUT: 0x2405 } as const;

export interface Breakpoint {
  readonly address: bigint;
  /** 1, 2, 4 or 8; the address is a multiple of it. */
  readonly size: number;
  /** Bytes of the stack that each event has, with the registers, a multiple of 8; 0: neither. */
  readonly stackBytes: number;
}

/**
 * A hardware breakpoint on writes by thread `tid` and the threads that it starts, while they run on `cpu`; disabled at first. A
 * descriptor, or a negative errno (man 2 perf_event_open): ENOSPC if the debug registers are in use.
 */
export function openBreakpoint({ address, size, stackBytes }: Breakpoint, tid: number, cpu: number): number {
  const attr = new NativeBuffer(ATTR_BYTES);
  attr.u32[0] = PERF_TYPE_BREAKPOINT;
  attr.u32[1] = ATTR_BYTES;
  attr.u64[2] = 1n; // sample_period
  attr.u64[3] = BigInt(
    SAMPLE.IP | SAMPLE.TID | SAMPLE.TIME | (stackBytes > 0 ? SAMPLE.REGS_USER | SAMPLE.STACK_USER : 0),
  );
  attr.u64[5] = DISABLED | INHERIT | INHERIT_THREAD | REMOVE_ON_EXEC | EXCLUDE_KERNEL | EXCLUDE_HV;
  attr.u32[12] = 1; // wakeup_events
  attr.u32[13] = HW_BREAKPOINT_W;
  attr.u64[7] = address;
  attr.u64[8] = BigInt(size);
  if (stackBytes > 0) {
    attr.u64[10] = REGISTERS;
    attr.u32[22] = stackBytes;
  }
  return tryCall(SYS.perf_event_open, attr.address, tid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

export interface FaultSampling {
  /** Bytes of each stack that are copied, a multiple of 8; 0: none. */
  readonly stackBytes: number;
  /** Whether faults in system calls are sampled too; needs kernel.perf_event_paranoid at 1 or less, or root. */
  readonly kernel: boolean;
}

/**
 * Every page fault of thread `tid` and the threads that it starts, while they run on `cpu`; disabled at first. Samples have
 * IP, TID, TIME, ADDR, registers and stack of user mode, in this order. A descriptor, or a negative errno.
 */
export function openFaults({ stackBytes, kernel }: FaultSampling, tid: number, cpu: number): number {
  const attr = new NativeBuffer(ATTR_BYTES);
  attr.u32[0] = PERF_TYPE_SOFTWARE;
  attr.u32[1] = ATTR_BYTES;
  attr.u64[1] = BigInt(PERF_COUNT_SW_PAGE_FAULTS);
  attr.u64[2] = 1n; // sample_period
  const stack = stackBytes > 0 ? SAMPLE.STACK_USER : 0;
  attr.u64[3] = BigInt(SAMPLE.IP | SAMPLE.TID | SAMPLE.TIME | SAMPLE.ADDR | SAMPLE.REGS_USER | stack);
  attr.u64[5] =
    DISABLED | INHERIT | INHERIT_THREAD | EXCLUDE_HV | USE_CLOCKID | (kernel ? 0n : EXCLUDE_KERNEL);
  attr.i32[23] = CLOCK_MONOTONIC;
  attr.u32[12] = 1; // wakeup_events
  attr.u64[10] = REGISTERS;
  attr.u32[22] = stackBytes;
  return tryCall(SYS.perf_event_open, attr.address, tid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

/** Lets the events of `fd` go to the ring of `ring`, which must be of the same processor. 0 or a negative errno. */
export const shareRing = (fd: number, ring: number): number => tryCall(SYS.ioctl, fd, IOC.SET_OUTPUT, ring);

export const enable = (fd: number, on: boolean): number =>
  tryCall(SYS.ioctl, fd, on ? IOC.ENABLE : IOC.DISABLE, 0);

export const closeEvent = (fd: number): void => closeSync(fd);
