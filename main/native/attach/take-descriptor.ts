import { closeSync, openSync } from 'node:fs';
import type { InspectorError } from '#shared/contract/errors.ts';
import * as say from '../messages.ts';
import { readProc } from '../process/proc-files.ts';
import { memoryThread, readStatus } from '../process/status.ts';
import { pidfdGetfd, pidfdOpen, sleepMicroseconds, tryWriteMemory } from '../syscalls/calls.ts';
import { CS_64, ERRNO, REG, REGISTER_COUNT, SYS, UFFD } from '../syscalls/constants.ts';
import { SyscallError } from '../syscalls/errno.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { frameEnd, mainStack } from './frame-place.ts';
import { findGadgets, type Gadgets } from './gadgets.ts';
import { checkAttachable } from './preconditions.ts';
import { keepCall, letGo, registersToResume, type Registers } from './interrupted-call.ts';
import { releaseWhenStopped } from './release-later.ts';
import { callRegisters, goToEventStop, runCall, type CallSite } from './remote-call.ts';
import { buildReturnFrame, resumableRegisters, type ReturnFrame } from './return-frame.ts';
import { restartedCall } from './restarted-call.ts';
import { insideRseq } from './rseq.ts';
import { candidates } from './threads.ts';
import { StopTimeout, Tracee, TraceeEnded, inSystemCall } from './tracee.ts';

/** How long a thread may take to stop. It is not stopped meanwhile, so this costs the program nothing, but we wait. */
const STOP_MS = 200;
/** How often a thread that is about to wait is looked at again, each time half a millisecond later. */
const MAX_LOOKS = 40;
const ALL_SIGNALS = BigInt.asUintN(64, -1n);

/** Moments of an attach, for tests that end the tracer at each of them. */
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
  /** How long the one thread stood still, in nanoseconds. */
  readonly stoppedNs: number;
  /** Whether the program would have survived our death at every moment (see return-frame.ts). */
  readonly killSafe: boolean;
}

/**
 * Takes a userfaultfd of process `pid`: stops one of its threads for some hundred microseconds, has it make one, copies
 * the descriptor here with pidfd_getfd, has it close its own, and lets it go on exactly where it was. Synchronous from
 * the first to the last step: nothing of ours may run in between. Throws InspectorError; then too the program goes on.
 * `onStep` is for tests.
 */
export function takeDescriptor(pid: number, onStep: (step: AttachStep) => void = () => {}): TakenDescriptor {
  checkAttachable(pid);
  const memory = memoryThread(pid);
  const maps = readProc(memory, 'maps');
  const gadgets = maps ? findGadgets(memory, maps) : null;
  if (!maps || !gadgets) throw say.endedMeanwhile(pid);
  const pidfd = openPidfd(pid, memory);
  const pagemap = openPagemap(pid, memory, pidfd);
  try {
    let failure: InspectorError = say.noThreadToUse();
    // A thread with a way back first; without one only where the program has none that could have it.
    for (let looks = 0, needsFrame = true; ; looks++) {
      let soon = false;
      for (const { tid, restarts } of candidates(pid)) {
        const setting = { pid, tid, restarts, pidfd, pagemap, maps, gadgets, needsFrame, onStep };
        const result = new Attempt(setting).run();
        if ('uffd' in result) return { ...result, pidfd };
        failure = result.failure;
        if (!result.tryAnother) throw failure;
        soon ||= result.soon === true;
      }
      if (!needsFrame) throw failure;
      if (soon && looks < MAX_LOOKS) sleepMicroseconds(500);
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
}

type Outcome =
  | { readonly uffd: number; readonly stoppedNs: number; readonly killSafe: boolean }
  | {
      readonly failure: InspectorError;
      readonly tryAnother: boolean;
      /** The same thread may do a moment later. */
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
  /** The registers as they were; all zero until they were read. */
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
    if (gone) return { failure: say.endedMeanwhile(pid), tryAnother: true };
    const { tracerPid } = status;
    return { failure: tracerPid ? say.alreadyTraced(tracerPid) : say.notTraceable(pid), tryAnother: false };
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
      if (registers[REG.cs] !== CS_64) throw new Failed(say.not64Bit(), true);
      if (inSystemCall(registers) || !insideRseq(tracee, tracee.tid, registers)) return;
      // Those sequences are a few instructions long: a moment later it is over.
      if (tries === 20) throw new Failed(say.noThreadToUse(), true);
      tracee.resume();
      sleepMicroseconds(50);
    }
  }

  private makeDescriptor(tracee: Tracee): { uffd: number; killSafe: boolean } {
    const { gadgets, needsFrame, onStep, pidfd } = this.setting;
    const { original } = this;
    this.mask = tracee.getSignalMask();
    const frame = this.prepareFrame(tracee, original);
    if (!frame && needsFrame) throw new Failed(say.noThreadToUse(), true);
    onStep('frame');
    const site: CallSite = {
      syscall: gadgets.syscall,
      stackPointer: frame?.address ?? original[REG.rsp],
    };
    // Registers before the mask: from here on the frame would restore both, should we be killed.
    this.changed = true;
    const flags = UFFD.O_CLOEXEC | UFFD.O_NONBLOCK;
    tracee.setRegisters(callRegisters(original, site, SYS.userfaultfd, BigInt(flags)));
    onStep('registers');
    tracee.setSignalMask(ALL_SIGNALS);
    onStep('mask');
    let fd = runCall(tracee);
    if (fd === -ERRNO.EPERM) {
      const userOnly = BigInt(flags | UFFD.USER_MODE_ONLY);
      tracee.setRegisters(callRegisters(original, site, SYS.userfaultfd, userOnly));
      fd = runCall(tracee);
    }
    onStep('called');
    if (fd < 0) throw new Failed(userfaultfdFailure(-fd));
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
    // With shadow stacks a `ret` to somewhere else is a fault.
    if (gadgets.restorer === null || !stack || readStatus(pid, tid)?.shadowStack !== false) return null;
    const end = frameEnd(stack, original[REG.rsp], pagemap);
    if (end === null) return null;
    const resumed = resumableRegisters(original, restartedCall(tid, original, restarts));
    if (!resumed) {
      if (needsFrame) throw new Failed(say.noThreadToUse(), true, true);
      return null;
    }
    const xstate = new NativeBuffer(16384);
    const length = tracee.getExtendedState(xstate);
    const frame = buildReturnFrame(end, gadgets.restorer, resumed, this.mask, xstate, length);
    const written = tryWriteMemory(tid, frame.bytes.address, frame.address, frame.length);
    return written === frame.length ? frame : null;
  }

  /** Puts everything back and lets the thread go. The mask first: until the registers are back the frame holds. */
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
      return { failure: say.endedMeanwhile(pid), tryAnother: !this.changed };
    }
    if (cause instanceof StopTimeout) {
      later();
      return { failure: say.didNotStop(STOP_MS), tryAnother: !this.changed };
    }
    try {
      letGo(tracee, pid, this.changed ? undo() : this.original);
    } catch (second) {
      if (second instanceof TraceeEnded) this.reap(tracee);
      else later();
    }
    if (cause instanceof Failed) return cause;
    throw cause;
  }

  /** A child of ours is left to whoever started it and waits for its exit. */
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
    throw say.endedMeanwhile(pid);
  }
}

/** Of the thread `memory` where that is not the main one, whose descriptors are gone. */
function openPidfd(pid: number, memory: number): number {
  try {
    return pidfdOpen(memory, memory !== pid);
  } catch (cause) {
    if (cause instanceof SyscallError && cause.errno === ERRNO.ESRCH) throw say.endedMeanwhile(pid);
    throw cause;
  }
}

function userfaultfdFailure(errno: number): InspectorError {
  if (errno === ERRNO.ENOSYS) return say.noUserfaultfd();
  if (errno === ERRNO.EMFILE) return say.noFreeDescriptor();
  return say.userfaultfdForbidden();
}

function copyFailure(errno: number): InspectorError {
  return errno === ERRNO.EPERM ? say.yama(1) : say.noFreeDescriptor();
}
