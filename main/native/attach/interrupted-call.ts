import { release } from 'node:os';
import { CS_64, ERRNO, REG, RESTART, SYS } from '../syscalls/constants.ts';
import { atLeast } from '../probe/system.ts';
import type { Tracee } from './tracee.ts';
import { inSystemCall, signed } from './tracee.ts';
import { waitOf } from './timed-waits.ts';

/**
 * A stop makes the call that a thread waits in return, and most calls are then made again by the kernel. Some return
 * EINTR instead (man 7 signal: epoll_wait, sockets with a timeout, semtimedop, sigtimedwait and others), which no signal
 * caused. They are restarted too: the result -EINTR is replaced by -ERESTARTNOHAND, which the kernel itself returns
 * from pause(2). When the thread continues the kernel decides: EINTR if the handler of a signal runs, else the call
 * again (arch/x86/kernel/signal.c, arch_do_signal_or_restart). Checking pending signals would not be exact, because a
 * signal may arrive after it.
 *
 * A call that is made again waits for its whole timeout. With frequent stops it would never end. So the time of the first
 * stop goes into the upper half of orig_rax, which the kernel ignores and keeps when it makes the call again
 * (arch/x86/entry/entry_64.S: the number is sign-extended from eax, since Linux 5.14). At a later stop it shows that this
 * is still the same call, and since when: once its timeout has passed it returns as it does after a timeout.
 */
const MADE_AGAIN = BigInt.asUintN(64, -BigInt(RESTART.ERESTARTNOHAND));
const INTERRUPTED = BigInt(-ERRNO.EINTR);

/** The upper half of orig_rax, without the sign. */
const TIME_BITS = 31;
const NUMBER_MASK = 0xffff_ffffn;

let keepsUpperHalf: boolean | undefined;
const marksCalls = () => (keepsUpperHalf ??= atLeast(release(), [5, 14]));

/** user_regs_struct, a copy. */
export type Registers = BigUint64Array<ArrayBuffer>;

/** Milliseconds of CLOCK_MONOTONIC, which all processes share. */
const nowMs = () => process.hrtime.bigint() / 1_000_000n;

/** Number of the system call that the thread is in. */
export function callNumber(registers: Registers): number {
  return Number(registers[REG.orig_rax] & NUMBER_MASK);
}

/**
 * Whether the thread is about to return EINTR although its call can be restarted. Not close(2): when it returns EINTR
 * its descriptor is closed, and the number may already belong to another file.
 */
export function isInterrupted(registers: Registers): boolean {
  return (
    inSystemCall(registers) &&
    signed(registers[REG.rax]) === INTERRUPTED &&
    callNumber(registers) !== SYS.close
  );
}

/**
 * To be called at every PTRACE_EVENT_STOP before anything else: from then on the interrupted call is made again even if
 * this process is killed. Returns the registers, the caller's own.
 */
export function keepCall(tracee: Tracee, pid: number): Registers {
  const registers = tracee.getRegisters().slice();
  if (!isInterrupted(registers)) return registers;
  // Without the mark a finite wait could become endless.
  if (!marksCalls() && waitOf(pid, registers, callNumber(registers)).timeoutMs !== null) return registers;
  registers[REG.rax] = MADE_AGAIN;
  if (marksCalls() && registers[REG.cs] === CS_64 && registers[REG.orig_rax] >> 32n === 0n) {
    // Never 0, and never too early.
    registers[REG.orig_rax] |= (BigInt.asUintN(TIME_BITS, nowMs() + 1n) | 1n) << 32n;
  }
  tracee.setRegisters(registers);
  return registers;
}

/**
 * The registers with which a thread continues: those of `keepCall`, or with the result of a timeout if the call was first
 * interrupted longer ago than its timeout.
 */
export function registersToResume(pid: number, registers: Registers): Registers {
  if (registers[REG.rax] !== MADE_AGAIN || !inSystemCall(registers)) return registers;
  const since = registers[REG.orig_rax] >> 32n;
  if (since === 0n) return registers;
  // Also correct when the 31 bits wrap around, every 24 days.
  const passedMs = BigInt.asIntN(TIME_BITS, nowMs() - since);
  if (passedMs < 1n) return registers;
  const { timeoutMs, result } = waitOf(pid, registers, callNumber(registers));
  if (timeoutMs === null || passedMs < timeoutMs) return registers;
  const timedOut = registers.slice();
  timedOut[REG.rax] = BigInt.asUintN(64, BigInt(result));
  return timedOut;
}

/** To be called at a PTRACE_EVENT_STOP: resumes the thread as if it had not been stopped. */
export function resumeAsBefore(tracee: Tracee, pid: number, registers: Registers): void {
  const resumed = registersToResume(pid, registers);
  if (resumed !== registers) tracee.setRegisters(resumed);
  tracee.detach();
}
