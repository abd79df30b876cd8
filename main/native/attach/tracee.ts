import { tryCall } from '../syscalls/call.ts';
import { schedYield, sleepMicroseconds } from '../syscalls/calls.ts';
import { ERRNO, PTRACE, REG, REGISTER_COUNT, SYS, WAIT } from '../syscalls/constants.ts';
import { SyscallError } from '../syscalls/errno.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { ignoreChildStops } from './child-stops.ts';

/** How a thread stopped: `event` for PTRACE_EVENT_STOP (and group stops), `syscall` at either end of a system call. */
export type Stop =
  | { readonly kind: 'event' | 'syscall' }
  | { readonly kind: 'signal'; readonly signal: number };

/** The thread ended while it was traced. */
export class TraceeEnded extends Error {
  override readonly name = 'TraceeEnded';
}

/** The thread did not stop in time. It stays seized until it does: only a stopped thread can be detached. */
export class StopTimeout extends Error {
  override readonly name = 'StopTimeout';
}

const info = () => (siginfo ??= new NativeBuffer(128));
let siginfo: NativeBuffer | undefined;

/** Waits this long by yielding before it sleeps between polls: a stop usually comes within 50 µs. */
const SPIN_NS = 300_000n;

/**
 * One seized thread of another process. ptrace belongs to the thread that seized, so everything here is synchronous
 * and must be called from one thread (man 2 ptrace).
 */
export class Tracee {
  readonly tid: number;
  private readonly mask = new NativeBuffer(8);
  /** user_regs_struct: read by `getRegisters`, written by `setRegisters`. */
  readonly registers = new NativeBuffer(REGISTER_COUNT * 8);

  private constructor(tid: number) {
    this.tid = tid;
  }

  /** PTRACE_SEIZE: does not stop the thread. Throws SyscallError. */
  static seize(tid: number): Tracee {
    ignoreChildStops();
    const result = tryCall(SYS.ptrace, PTRACE.SEIZE, tid, 0, PTRACE.O_TRACESYSGOOD);
    if (result < 0) throw new SyscallError('PTRACE_SEIZE', -result);
    return new Tracee(tid);
  }

  interrupt(): void {
    this.request('PTRACE_INTERRUPT', PTRACE.INTERRUPT, 0, 0);
  }

  /** Lets the thread run to the next system-call stop (or any other), delivering `signal` if not 0. */
  resume(signal = 0): void {
    this.request('PTRACE_SYSCALL', PTRACE.SYSCALL, 0, signal);
  }

  detach(): void {
    this.request('PTRACE_DETACH', PTRACE.DETACH, 0, 0);
  }

  getRegisters(): BigUint64Array {
    this.request('PTRACE_GETREGS', PTRACE.GETREGS, 0, this.registers.address);
    return this.registers.u64;
  }

  setRegisters(values: BigUint64Array): void {
    if (values !== this.registers.u64) this.registers.u64.set(values);
    this.request('PTRACE_SETREGS', PTRACE.SETREGS, 0, this.registers.address);
  }

  getSignalMask(): bigint {
    this.request('PTRACE_GETSIGMASK', PTRACE.GETSIGMASK, 8, this.mask.address);
    return this.mask.u64[0];
  }

  setSignalMask(mask: bigint): void {
    this.mask.u64[0] = mask;
    this.request('PTRACE_SETSIGMASK', PTRACE.SETSIGMASK, 8, this.mask.address);
  }

  /** The floating-point state in XSAVE's standard format into `buffer`; returns its length in bytes. */
  getExtendedState(buffer: NativeBuffer): number {
    const vector = new NativeBuffer(16);
    vector.u64[0] = buffer.address;
    vector.u64[1] = BigInt(buffer.bytes.length);
    this.request('PTRACE_GETREGSET', PTRACE.GETREGSET, PTRACE.NT_X86_XSTATE, vector.address);
    return Number(vector.u64[1]);
  }

  /** Address of the thread's rseq area, 0 if it has none or the kernel (before 5.13) does not report it. */
  rseqArea(): bigint {
    const configuration = new NativeBuffer(24);
    const result = tryCall(SYS.ptrace, PTRACE.GET_RSEQ_CONFIGURATION, this.tid, 24, configuration.address);
    return result < 0 ? 0n : configuration.u64[0];
  }

  /** Waits for the next stop, at most `milliseconds`. Throws TraceeEnded or StopTimeout. */
  waitStop(milliseconds: number): Stop {
    const begin = process.hrtime.bigint();
    const deadline = begin + BigInt(milliseconds) * 1_000_000n;
    for (;;) {
      const stop = this.pollStop();
      if (stop) return stop;
      const now = process.hrtime.bigint();
      if (now >= deadline) throw new StopTimeout(`thread ${this.tid}`);
      if (now - begin < SPIN_NS) schedYield();
      else sleepMicroseconds(100);
    }
  }

  /** The pending stop, if any. Never collects an exit that our own parent code waits for. */
  pollStop(): Stop | null {
    const buffer = info();
    buffer.bytes.fill(0);
    const seen = this.waitid(buffer, WAIT.STOPPED | WAIT.EXITED | WAIT.NOWAIT | WAIT.NOHANG);
    if (seen === -ERRNO.ECHILD) throw new TraceeEnded(`thread ${this.tid}`);
    const code = buffer.i32[2];
    if (seen < 0 || code === 0) return null;
    if (code !== WAIT.CLD_TRAPPED && code !== WAIT.CLD_STOPPED) throw new TraceeEnded(`thread ${this.tid}`);
    const status = buffer.i32[6];
    this.waitid(buffer, WAIT.STOPPED | WAIT.NOHANG);
    return stopOf(status, status & 0x7f);
  }

  /**
   * The same when the event loop ran since the thread was asked to stop: another wait of this process may have taken the stop
   * of a child of ours.
   */
  pollTakenStop(): Stop | null {
    const stop = this.pollStop();
    if (stop) return stop;
    const buffer = info();
    // Fails with ESRCH unless the thread is stopped.
    if (tryCall(SYS.ptrace, PTRACE.GETSIGINFO, this.tid, 0, buffer.address) < 0) return null;
    return stopOf(buffer.i32[2], buffer.i32[0]);
  }

  /** Collects the exit of a thread that ended while traced, so that it is not left as a zombie of ours. */
  reap(): void {
    this.waitid(info(), WAIT.EXITED | WAIT.NOHANG);
  }

  private waitid(buffer: NativeBuffer, options: number): number {
    return tryCall(SYS.waitid, WAIT.P_PID, this.tid, buffer.address, options | WAIT.ALL, 0);
  }

  private request(name: string, request: number, address: number, data: number | bigint): void {
    const result = tryCall(SYS.ptrace, request, this.tid, address, data);
    if (result === -ERRNO.ESRCH) throw new TraceeEnded(`thread ${this.tid}`);
    if (result < 0) throw new SyscallError(name, -result);
  }
}

/** @param code of the wait, or si_code: both are the same for stops that are not those of a signal */
function stopOf(code: number, signal: number): Stop {
  if (code >> 8 === PTRACE.EVENT_STOP) return { kind: 'event' };
  return code === PTRACE.SYSCALL_STOP ? { kind: 'syscall' } : { kind: 'signal', signal };
}

/** Signed value of a register. */
export function signed(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** Whether the registers belong to a thread that was stopped inside a system call. */
export function inSystemCall(registers: BigUint64Array): boolean {
  return signed(registers[REG.orig_rax]) >= 0n;
}
