import { REG } from '../syscalls/constants.ts';
import type { Tracee } from './tracee.ts';
import { signed } from './tracee.ts';

/** How long a call that we make in the program may take; userfaultfd and close take microseconds. */
const CALL_MS = 2000;

/** SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS: caused by what the thread does, so they would come again and again. */
const OWN_SIGNALS = new Set([4, 5, 7, 8, 11, 31]);

/** The call was not made: the thread got this signal instead. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused';

  constructor(signal: number) {
    super(`signal ${signal}`);
  }
}

/** The state from which calls are made: the address of a `syscall` instruction and of the stack. */
export interface CallSite {
  readonly syscall: bigint;
  readonly stackPointer: bigint;
}

/** Registers with which the stopped thread makes system call `number` when it continues. */
export function callRegisters(
  from: BigUint64Array,
  site: CallSite,
  number: number,
  argument: bigint,
): BigUint64Array {
  const registers = from.slice();
  registers[REG.rax] = BigInt(number);
  registers[REG.rdi] = argument;
  // Marks the thread as outside of a call: the kernel must not restart the old one with these registers.
  registers[REG.orig_rax] = BigInt.asUintN(64, -1n);
  registers[REG.rip] = site.syscall;
  registers[REG.rsp] = site.stackPointer;
  return registers;
}

/**
 * Lets the thread make the call that its registers are set for, and stops it again at the call's end. Two system-call
 * stops (entry, exit) rather than single steps: they cannot be confused with a trap of the program's own. Returns the
 * call's result, negative for -errno. Group stops in between are skipped. Throws CallRefused.
 */
export function runCall(tracee: Tracee): number {
  for (let ends = 0, signal = 0; ends < 2;) {
    tracee.resume(signal);
    const stop = tracee.waitStop(CALL_MS);
    if (stop.kind === 'syscall') ends++;
    // All others are blocked but SIGSTOP, which takes effect when the thread is detached.
    signal = stop.kind === 'signal' ? stop.signal : 0;
    if (OWN_SIGNALS.has(signal)) throw new CallRefused(signal);
  }
  return Number(signed(tracee.getRegisters()[REG.rax]));
}

/**
 * Brings the stopped thread to a PTRACE_EVENT_STOP, the only point where the kernel reads the registers that we
 * restore and restarts an interrupted call.
 */
export function goToEventStop(tracee: Tracee, milliseconds: number): void {
  tracee.interrupt();
  for (let signal = 0; ;) {
    tracee.resume(signal);
    const stop = tracee.waitStop(milliseconds);
    if (stop.kind === 'event') return;
    signal = stop.kind === 'signal' ? stop.signal : 0;
  }
}
