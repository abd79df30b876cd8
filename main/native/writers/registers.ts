import { PAGE_SIZE } from '#shared/memory/page.ts';
import { type Stop, StopTimeout, Tracee, TraceeEnded } from '../attach/tracee.ts';
import { keepCall, resumeAsBefore } from '../attach/interrupted-call.ts';
import { isReleasing, releaseWhenStopped } from '../attach/release-later.ts';
import { readStatus } from '../process/status.ts';
import { sleepMicroseconds, tryReadMemory } from '../syscalls/calls.ts';
import { REG } from '../syscalls/constants.ts';
import { SyscallError } from '../syscalls/errno.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import type { ThreadPlace } from './thread-state.ts';

/** Bytes below the stack pointer that belong to the running function (System V ABI, "red zone"). */
const RED_ZONE = 128n;
/** How long a thread that waits for a page may take to stop, in milliseconds. */
const STOP_MS = 20;
const POLL_US = 10;

/** A thread's registers and the top of its stack, from which its callers are found later, while it runs. */
export interface StackCopy {
  /** By DWARF's numbers for x86-64: rax, rdx, rcx, rbx, rsi, rdi, rbp, rsp, r8 … r15, rip; null if only rsp and rip are known. */
  readonly registers: BigUint64Array;
  readonly complete: boolean;
  /** Address of the first byte of `bytes`. */
  readonly start: bigint;
  readonly bytes: Uint8Array;
}

/** System V ABI for AMD64, figure 3.36. */
const BY_DWARF_NUMBER = [
  REG.rax,
  REG.rdx,
  REG.rcx,
  REG.rbx,
  REG.rsi,
  REG.rdi,
  REG.rbp,
  REG.rsp,
  REG.r8,
  REG.r9,
  REG.r10,
  REG.r11,
  REG.r12,
  REG.r13,
  REG.r14,
  REG.r15,
  REG.rip,
];
const RSP = 7;
const RIP = 16;

/** Copies stacks of threads that wait for a page. */
export class StackCopier {
  private readonly pid: number;
  private readonly room: NativeBuffer;
  /** Node waits for children of its own on another thread, and would take the stops of their threads: they stay stopped. */
  private readonly stoppable: boolean;

  /** At most `bytes` of each stack. */
  constructor(pid: number, bytes: number) {
    this.pid = pid;
    this.room = new NativeBuffer(bytes);
    this.stoppable = readStatus(pid)?.ppid !== process.pid;
  }

  /**
   * The stack of thread `tid`, which waits at `place`. In a page fault of user mode all registers are read, by stopping it
   * where it waits (it executes the instruction again afterwards); a thread in a system call is not stopped, since that could end the
   * call, nor is one of a child of this process.
   */
  copy(tid: number, place: ThreadPlace): StackCopy {
    const registers = new BigUint64Array(BY_DWARF_NUMBER.length);
    registers[RSP] = place.stackPointer;
    registers[RIP] = place.instruction;
    const complete = this.stoppable && place.call === -1 && readRegisters(this.pid, tid, place, registers);
    const start = place.stackPointer - RED_ZONE;
    return { registers, complete, start, bytes: this.read(start) };
  }

  /** Whether a thread that did not stop in time is still to be resumed; resumes those that have stopped. */
  isResuming(): boolean {
    return isReleasing(this.pid);
  }

  private read(start: bigint): Uint8Array {
    const { bytes, address } = this.room;
    let read = tryReadMemory(this.pid, address, start, bytes.length);
    // A stack shorter than that, at whose end nothing is mapped: what there is up to the end of a page.
    for (let length = bytes.length / 2; read <= 0 && length >= PAGE_SIZE; length /= 2)
      read = tryReadMemory(this.pid, address, start, length);
    return bytes.slice(0, Math.max(0, read));
  }
}

function readRegisters(pid: number, tid: number, place: ThreadPlace, out: BigUint64Array): boolean {
  let tracee: Tracee;
  try {
    tracee = Tracee.seize(tid);
  } catch (cause) {
    // A debugger traces it.
    if (cause instanceof SyscallError || cause instanceof TraceeEnded) return false;
    throw cause;
  }
  try {
    tracee.interrupt();
    for (let stop = waitStop(tracee); stop.kind !== 'event'; stop = waitStop(tracee))
      tracee.resume(stop.kind === 'signal' ? stop.signal : 0);
    const registers = keepCall(tracee, pid);
    const same = registers[REG.rip] === place.instruction && registers[REG.rsp] === place.stackPointer;
    if (same) BY_DWARF_NUMBER.forEach((register, i) => (out[i] = registers[register]));
    resumeAsBefore(tracee, pid, registers);
    return same;
  } catch (cause) {
    if (cause instanceof StopTimeout) releaseWhenStopped(tracee, pid, null);
    else if (!(cause instanceof TraceeEnded)) throw cause;
    return false;
  }
}

/** Sleeps between checks: at a real-time priority, yielding would keep the thread from running on this processor. */
function waitStop(tracee: Tracee): Stop {
  for (const deadline = performance.now() + STOP_MS; ; sleepMicroseconds(POLL_US)) {
    const stop = tracee.pollStop();
    if (stop) return stop;
    if (performance.now() > deadline) throw new StopTimeout(`thread ${tracee.tid}`);
  }
}
