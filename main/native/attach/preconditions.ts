import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { InspectorError } from '#shared/contract/errors.ts';
import * as say from '../messages.ts';
import { errorCode } from '../process/proc-files.ts';
import { readStatus, type ProcessStatus } from '../process/status.ts';

const CAP_SYS_PTRACE = 1n << 19n;

/**
 * Everything that can be known to prevent attaching, without touching the program: reads its files in /proc only.
 * Returns its status, or throws the reason as an InspectorError.
 */
export function checkAttachable(pid: number): ProcessStatus {
  const status = checkVisible(pid);
  if (status.tracerPid !== 0) throw say.alreadyTraced(status.tracerPid);
  if (status.seccomp !== 0) throw say.sandboxed(status.seccomp);
  checkAccess(pid, status);
  if (!is64Bit(pid)) throw say.not64Bit();
  return status;
}

/** That there is a program `pid` with memory, and that it is not we. */
export function checkVisible(pid: number): ProcessStatus {
  if (!Number.isSafeInteger(pid) || pid <= 0) {
    throw new InspectorError(
      'bad-request',
      `${pid} is not a process number.`,
      'Give a whole number above 0.',
    );
  }
  if (pid === process.pid) throw say.ownProcess(pid);
  const status = readStatus(pid);
  if (!status) throw say.noSuchProcess(pid);
  if (status.tgid !== pid) throw say.notALeader(pid, status.tgid);
  if (status.state === 'Z' || status.state === 'X') throw say.hasEnded(pid);
  if (status.kernelThread) throw say.kernelThread(pid);
  return status;
}

/**
 * The kernel's own answer to "may we attach": opening /proc/PID/mem asks exactly that (PTRACE_MODE_ATTACH) and does
 * nothing to the program. What follows only finds the words.
 */
function checkAccess(pid: number, status: ProcessStatus): void {
  try {
    closeSync(openSync(`/proc/${pid}/mem`, 'r'));
    return;
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') throw say.noSuchProcess(pid);
  }
  const ours = process.geteuid?.() ?? 0;
  if (status.uids.slice(0, 3).some((uid) => uid !== ours)) throw say.otherUser(userName(status.uids[1]));
  if (!isDumpable(pid, status)) throw say.notDumpable();
  const scope = yamaScope();
  if (scope > 0 && !hasPtraceCapability()) throw say.yama(scope);
  throw say.notDumpable();
}

/** The files of a process that is not dumpable belong to root (man 2 prctl, PR_SET_DUMPABLE). */
function isDumpable(pid: number, status: ProcessStatus): boolean {
  try {
    return statSync(`/proc/${pid}`).uid === status.uids[1];
  } catch {
    return true;
  }
}

/** kernel.yama.ptrace_scope; 0 where Yama is not there. */
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

/** EI_CLASS of the program's ELF header; a file that cannot be read is taken as 64-bit, cs tells at the attach. */
function is64Bit(pid: number): boolean {
  try {
    const fd = openSync(`/proc/${pid}/exe`, 'r');
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

/** A user's name for a message, or the number where /etc/passwd does not know it. */
export function userName(uid: number): string {
  try {
    for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
      const [name, , id] = line.split(':');
      if (name && id === String(uid)) return name;
    }
  } catch {
    // No such file in a bare container: the number will do.
  }
  return `uid ${uid}`;
}
