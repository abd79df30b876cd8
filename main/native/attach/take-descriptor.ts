import { closeSync, openSync } from 'node:fs';
import type { InspectorError } from '#shared/contract/errors.ts';
import * as errors from '../errors.ts';
import { readProc } from '../process/proc-files.ts';
import { memoryThread, readStatus } from '../process/status.ts';
import { pidfdGetfd, pidfdOpen, sleepMicroseconds, tryWriteMemory } from '../syscalls/calls.ts';
import { CS_64, ERRNO, REG, REGISTER_COUNT, SYS, UFFD } from '../syscalls/constants.ts';
import { SyscallError } from '../syscalls/errno.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { frameEnd, mainStack } from './frame-place.ts';
import { findGadgets, type Gadgets } from './gadgets.ts';
import { checkAttachable } from './preconditions.ts';
import { keepCall, resumeAsBefore, registersToResume, type Registers } from './interrupted-call.ts';
import { releaseWhenStopped } from './release-later.ts';
import { callRegisters, CallRefused, goToEventStop, runCall, type CallSite } from './remote-call.ts';
import { buildReturnFrame, resumableRegisters, type ReturnFrame } from './return-frame.ts';
import { restartedCall } from './restarted-call.ts';
import { insideRseq } from './rseq.ts';
import { candidates } from './threads.ts';
import { interceptsCalls } from './user-dispatch.ts';
import { StopTimeout, Tracee, TraceeEnded, inSystemCall } from './tracee.ts';

/** How long to wait for a thread to stop; the program runs meanwhile. */
const STOP_MS = 200;
/** Checks of a thread that is about to wait, half a millisecond apart. */
const MAX_POLLS = 40;
/** Offset of the call in a restorer. */
const RESTORER_CALL = 7n;
const ALL_SIGNALS = BigInt.asUintN(64, -1n);

/** Steps of an attach, for tests that kill the tracer at each of them. */
export const ATTACH_STEPS = [
  'seized',
  'stopped',
  'frame',
  'registers',
  'mask',
  'called',
  'copied',
  'closed',
  'event',
  'unmasked',
  'restored',
  'detached',
] as const;
export type AttachStep = (typeof ATTACH_STEPS)[number];

export interface TakenDescriptor {
  /** Our copy of a userfaultfd that belongs to the program's address space. */
  readonly uffd: number;
  readonly pidfd: number;
  /** How long the one thread was stopped, in nanoseconds. */
  readonly stoppedNs: number;
  /** Whether the program would have survived our death at every step (see return-frame.ts). */
  readonly killSafe: boolean;
}

/**
 * Takes a userfaultfd of process `pid`: stops one of its threads for some hundred microseconds, has it make one, copies
 * the descriptor here with pidfd_getfd, has it close its own, and resumes it exactly where it was. Synchronous from
 * the first to the last step: nothing of ours may run in between. Throws InspectorError; the program is resumed in that case too.
 * `onStep` is for tests. With `faults: 'all'` the descriptor resolves faults of the kernel too, or it is refused: without them
 * synchronous write-protection makes system calls of the program fail (man 2 userfaultfd, UFFD_USER_MODE_ONLY).
 */
export function takeDescriptor(
  pid: number,
  onStep: (step: AttachStep) => void = () => {},
  faults: 'user' | 'all' = 'user',
): TakenDescriptor {
  checkAttachable(pid);
  const memory = memoryThread(pid);
  const maps = readProc(memory, 'maps');
  const gadgets = maps ? findGadgets(memory, maps) : null;
  if (!maps || !gadgets) throw errors.endedMeanwhile(pid);
  const pidfd = openPidfd(pid, memory);
  const pagemap = openPagemap(pid, memory, pidfd);
  try {
    let failure: InspectorError = errors.noThreadToUse();
    // Threads that can get a return frame first; others only if the program has no such thread.
    for (let looks = 0, needsFrame = true; ; looks++) {
      let soon = false;
      for (const { tid, restarts } of candidates(pid)) {
        const setting = { pid, tid, restarts, pidfd, pagemap, maps, gadgets, needsFrame, onStep, faults };
        const result = new Attempt(setting).run();
        if ('uffd' in result) return { ...result, pidfd };
        failure = result.failure;
        if (!result.tryAnother) throw failure;
        soon ||= result.soon === true;
      }
      if (!needsFrame) throw failure;
      if (soon && looks < MAX_POLLS) sleepMicroseconds(500);
      else needsFrame = false;
    }
  } catch (cause) {
    closeSync(pidfd);
    throw cause;
  } finally {
    closeSync(pagemap);
  }
}

interface Setting {
  readonly pid: number;
  readonly tid: number;
  readonly restarts: number | null;
  readonly pidfd: number;
  readonly pagemap: number;
  readonly maps: string;
  readonly gadgets: Gadgets;
  readonly needsFrame: boolean;
  readonly onStep: (step: AttachStep) => void;
  readonly faults: 'user' | 'all';
}

type Outcome =
  | { readonly uffd: number; readonly stoppedNs: number; readonly killSafe: boolean }
  | {
      readonly failure: InspectorError;
      readonly tryAnother: boolean;
      /** A retry may succeed: the thread may be usable shortly afterwards. */
      readonly soon?: boolean;
    };

class Failed extends Error {
  readonly failure: InspectorError;
  readonly tryAnother: boolean;
  readonly soon: boolean;

  constructor(failure: InspectorError, tryAnother = false, soon = false) {
    super(failure.message);
    this.failure = failure;
    this.tryAnother = tryAnother;
    this.soon = soon;
  }
}

/** One thread, from SEIZE to DETACH. */
class Attempt {
  private readonly setting: Setting;
  /** The original registers; all zero until they are read. */
  private original: Registers = new BigUint64Array(REGISTER_COUNT);
  private mask = 0n;
  private changed = false;

  constructor(setting: Setting) {
    this.setting = setting;
  }

  run(): Outcome {
    const { onStep } = this.setting;
    let tracee: Tracee;
    try {
      tracee = Tracee.seize(this.setting.tid);
    } catch (cause) {
      return this.seizeFailed(cause);
    }
    try {
      onStep('seized');
      this.stop(tracee);
      const begin = process.hrtime.bigint();
      onStep('stopped');
      const { uffd, killSafe } = this.makeDescriptor(tracee);
      this.finish(tracee);
      return { uffd, killSafe, stoppedNs: Number(process.hrtime.bigint() - begin) };
    } catch (cause) {
      return this.abandon(tracee, cause);
    }
  }

  private seizeFailed(cause: unknown): Outcome {
    const { pid, tid } = this.setting;
    if (!(cause instanceof SyscallError)) throw cause;
    // Another tracer may have attached since the preconditions were checked, or it ended: EPERM for both.
    const status = readStatus(pid, tid);
    const gone = cause.errno === ERRNO.ESRCH || !status || 'ZX'.includes(status.state);
    if (gone) return { failure: errors.endedMeanwhile(pid), tryAnother: true };
    const { tracerPid } = status;
    return {
      failure: tracerPid ? errors.alreadyTraced(tracerPid) : errors.notTraceable(pid),
      tryAnother: false,
    };
  }

  private stop(tracee: Tracee): void {
    const { pid } = this.setting;
    for (let tries = 0; ; tries++) {
      tracee.interrupt();
      for (let stop = tracee.waitStop(STOP_MS); stop.kind !== 'event'; stop = tracee.waitStop(STOP_MS)) {
        tracee.resume(stop.kind === 'signal' ? stop.signal : 0);
      }
      const registers = keepCall(tracee, pid);
      this.original = registers;
      if (registers[REG.cs] !== CS_64) throw new Failed(errors.not64Bit(), true);
      if (inSystemCall(registers) || !insideRseq(tracee, tracee.tid, registers)) return;
      // Restartable sequences are a few instructions long and end within microseconds.
      if (tries === 20) throw new Failed(errors.noThreadToUse(), true);
      tracee.resume();
      sleepMicroseconds(50);
    }
  }

  private makeDescriptor(tracee: Tracee): { uffd: number; killSafe: boolean } {
    const { gadgets, needsFrame, onStep, pidfd, faults } = this.setting;
    const { original } = this;
    // The selector is the thread's own, and changes with each call that it makes.
    const { syscall, restorer } = gadgets;
    if (interceptsCalls(tracee, syscall, restorer === null ? syscall : restorer + RESTORER_CALL))
      throw new Failed(errors.handlesOwnCalls(), true, true);
    this.mask = tracee.getSignalMask();
    const frame = this.prepareFrame(tracee, original);
    if (!frame && needsFrame) throw new Failed(errors.noThreadToUse(), true);
    onStep('frame');
    const site: CallSite = {
      syscall: gadgets.syscall,
      stackPointer: frame?.address ?? original[REG.rsp],
    };
    // Registers before the mask: from here on the frame would restore both, if we are killed.
    this.changed = true;
    const flags = UFFD.O_CLOEXEC | UFFD.O_NONBLOCK;
    tracee.setRegisters(callRegisters(original, site, SYS.userfaultfd, BigInt(flags)));
    onStep('registers');
    tracee.setSignalMask(ALL_SIGNALS);
    onStep('mask');
    let fd = runCall(tracee);
    if (fd === -ERRNO.EPERM && faults === 'user') {
      const userOnly = BigInt(flags | UFFD.USER_MODE_ONLY);
      tracee.setRegisters(callRegisters(original, site, SYS.userfaultfd, userOnly));
      fd = runCall(tracee);
    }
    onStep('called');
    if (fd < 0) throw new Failed(userfaultfdFailure(-fd, faults));
    let uffd: number | SyscallError;
    try {
      uffd = pidfdGetfd(pidfd, fd);
    } catch (cause) {
      if (!(cause instanceof SyscallError)) throw cause;
      uffd = cause;
    }
    onStep('copied');
    tracee.setRegisters(callRegisters(original, site, SYS.close, BigInt(fd)));
    runCall(tracee);
    onStep('closed');
    if (uffd instanceof SyscallError) throw new Failed(copyFailure(uffd.errno));
    return { uffd, killSafe: frame !== null };
  }

  private prepareFrame(tracee: Tracee, original: Registers): ReturnFrame | null {
    const { gadgets, maps, pid, tid, pagemap, restarts, needsFrame } = this.setting;
    const stack = mainStack(maps);
    // With shadow stacks such a `ret` faults.
    if (gadgets.restorer === null || !stack || readStatus(pid, tid)?.shadowStack !== false) return null;
    const end = frameEnd(stack, original[REG.rsp], pagemap);
    if (end === null) return null;
    const resumed = resumableRegisters(original, restartedCall(tid, original, restarts));
    if (!resumed) {
      if (needsFrame) throw new Failed(errors.noThreadToUse(), true, true);
      return null;
    }
    const xstate = new NativeBuffer(16384);
    const length = tracee.getExtendedState(xstate);
    const frame = buildReturnFrame(end, gadgets.restorer, resumed, this.mask, xstate, length);
    const written = tryWriteMemory(tid, frame.bytes.address, frame.address, frame.length);
    return written === frame.length ? frame : null;
  }

  /** Restores everything and detaches. The mask first: until the registers are restored the return frame applies. */
  private finish(tracee: Tracee): void {
    const { onStep, pid } = this.setting;
    goToEventStop(tracee, STOP_MS * 4);
    onStep('event');
    tracee.setSignalMask(this.mask);
    onStep('unmasked');
    tracee.setRegisters(registersToResume(pid, this.original));
    onStep('restored');
    tracee.detach();
    onStep('detached');
  }

  /** After a failure: the same, if the thread is still stopped; otherwise as soon as it is. */
  private abandon(tracee: Tracee, cause: unknown): Outcome {
    const { pid } = this.setting;
    const undo = () => {
      goToEventStop(tracee, STOP_MS);
      tracee.setSignalMask(this.mask);
      tracee.setRegisters(this.original);
      return this.original;
    };
    const later = () => releaseWhenStopped(tracee, pid, this.changed ? undo : null);
    if (cause instanceof TraceeEnded) {
      this.reap(tracee);
      return { failure: errors.endedMeanwhile(pid), tryAnother: !this.changed };
    }
    if (cause instanceof StopTimeout) {
      later();
      return { failure: errors.didNotStop(STOP_MS), tryAnother: !this.changed };
    }
    try {
      resumeAsBefore(tracee, pid, this.changed ? undo() : this.original);
    } catch (second) {
      if (second instanceof TraceeEnded) this.reap(tracee);
      else later();
    }
    if (cause instanceof Failed) return cause;
    if (cause instanceof CallRefused) return { failure: errors.handlesOwnCalls(), tryAnother: false };
    throw cause;
  }

  /** The exit of a child of ours is left to the code that started it and waits for it. */
  private reap(tracee: Tracee): void {
    const { pid, tid } = this.setting;
    if (tid !== pid || readStatus(pid)?.ppid !== process.pid) tracee.reap();
  }
}

function openPagemap(pid: number, memory: number, pidfd: number): number {
  try {
    return openSync(`/proc/${memory}/pagemap`, 'r');
  } catch {
    closeSync(pidfd);
    throw errors.endedMeanwhile(pid);
  }
}

/** Opens a pidfd of the process, or of thread `memory` if the main thread has ended and its descriptors are closed. */
function openPidfd(pid: number, memory: number): number {
  try {
    return pidfdOpen(memory, memory !== pid);
  } catch (cause) {
    if (cause instanceof SyscallError && cause.errno === ERRNO.ESRCH) throw errors.endedMeanwhile(pid);
    throw cause;
  }
}

function userfaultfdFailure(errno: number, faults: 'user' | 'all'): InspectorError {
  if (errno === ERRNO.ENOSYS) return errors.noUserfaultfd();
  if (errno === ERRNO.EMFILE) return errors.noFreeDescriptor();
  return faults === 'all' ? errors.kernelFaultsForbidden() : errors.userfaultfdForbidden();
}

function copyFailure(errno: number): InspectorError {
  return errno === ERRNO.EPERM ? errors.yama(1) : errors.noFreeDescriptor();
}
