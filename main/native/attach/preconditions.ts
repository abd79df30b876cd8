import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { InspectorError } from '#shared/contract/errors.ts';
import * as errors from '../errors.ts';
import { errorCode } from '../../error-code.ts';
import { memoryThread, readStatus, type ProcessStatus } from '../process/status.ts';
import { notVisible, procIsForeign } from '../process/visibility.ts';
import { isReleasing } from './release-later.ts';
import { userName } from '../process/user-names.ts';

const CAP_SYS_PTRACE = 1n << 19n;

/**
 * Checks everything that can prevent attaching, without touching the program: only reads its files in /proc.
 * Returns its status, or throws the reason as an InspectorError.
 */
export function checkAttachable(pid: number): ProcessStatus {
  const status = checkVisible(pid);
  checkSuitable(pid, status);
  return status;
}

/** Like `checkAttachable`, for a process whose status is already known, such as one of a list. */
export function checkSuitable(pid: number, status: ProcessStatus): void {
  checkProgram(pid, status);
  if (status.tracerPid !== 0) {
    if (isReleasing(pid)) throw errors.stillStopping(pid);
    // A thread on which an earlier attach timed out may just have been released.
    const tracer = status.tracerPid === process.pid ? readStatus(pid)?.tracerPid : status.tracerPid;
    if (tracer !== undefined && tracer !== 0) throw errors.alreadyTraced(tracer);
  }
  if (status.seccomp !== 0) throw errors.sandboxed(status.seccomp);
  checkAccess(pid, status);
  if (!is64Bit(pid)) throw errors.not64Bit();
}

/** Checks that `pid` is a program with memory, and not this process. */
export function checkVisible(pid: number): ProcessStatus {
  if (!Number.isSafeInteger(pid) || pid <= 0) {
    throw new InspectorError('bad-request', `${pid} is not a process number.`, 'Use a whole number above 0.');
  }
  const status = readStatus(pid);
  if (!status) throw notVisible(pid);
  checkProgram(pid, status);
  return status;
}

/** Like checkVisible, but its mappings must be readable too: otherwise every address would seem to be free. */
export function checkReadable(pid: number): ProcessStatus {
  const status = checkVisible(pid);
  try {
    closeSync(openSync(`/proc/${memoryThread(pid)}/maps`, 'r'));
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') throw notVisible(pid);
    checkAccess(pid, status);
    throw errors.protectedByKernel(pid);
  }
  return status;
}

/** Checks that it is a program with memory, and not this process. */
export function checkProgram(pid: number, status: ProcessStatus): void {
  if (procIsForeign()) throw errors.foreignProc();
  if (pid === process.pid) throw errors.ownProcess(pid);
  if (status.tgid !== pid) throw errors.notALeader(pid, status.tgid);
  if ('ZX'.includes(status.state) && memoryThread(pid) === pid) throw errors.hasEnded(pid);
  if (status.kernelThread) throw errors.kernelThread(pid);
}

/**
 * Whether the kernel permits attaching: opening /proc/PID/mem checks exactly that (PTRACE_MODE_ATTACH) and does
 * nothing to the program. The rest finds the reason.
 */
export function checkAccess(pid: number, status: ProcessStatus): void {
  try {
    closeSync(openSync(`/proc/${memoryThread(pid)}/mem`, 'r'));
    return;
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') throw notVisible(pid);
  }
  const scope = yamaScope();
  if (scope >= 3) throw errors.yama(scope);
  const ours = process.geteuid?.() ?? 0;
  if (status.uids.slice(0, 3).some((uid) => uid !== ours)) throw errors.otherUser(userName(status.uids[1]));
  if (!isDumpable(pid, status) && !hasPtraceCapability()) throw errors.notDumpable();
  const privileged = hasPtraceCapability();
  if (scope > 0 && !privileged) throw errors.yama(scope);
  throw privileged ? errors.protectedByKernel(pid) : errors.notDumpable();
}

/** The files of a process that is not dumpable belong to root (man 2 prctl, PR_SET_DUMPABLE). */
function isDumpable(pid: number, status: ProcessStatus): boolean {
  try {
    return statSync(`/proc/${pid}`).uid === status.uids[1];
  } catch {
    return true;
  }
}

/** kernel.yama.ptrace_scope; 0 without Yama. */
export function yamaScope(): number {
  try {
    return Number.parseInt(readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'latin1'), 10);
  } catch {
    return 0;
  }
}

export function hasPtraceCapability(): boolean {
  return ((readStatus(process.pid)?.capEffective ?? 0n) & CAP_SYS_PTRACE) !== 0n;
}

/** EI_CLASS of the program's ELF header; a file that cannot be read is assumed to be 64-bit: attaching checks cs. */
export function is64Bit(pid: number): boolean {
  try {
    const fd = openSync(`/proc/${memoryThread(pid)}/exe`, 'r');
    try {
      const header = Buffer.alloc(5);
      readSync(fd, header, 0, 5, 0);
      return header[4] !== 1;
    } finally {
      closeSync(fd);
    }
  } catch {
    return true;
  }
}
