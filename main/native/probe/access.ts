import { closeSync, openSync } from 'node:fs';
import { hasPtraceCapability, yamaScope } from '../attach/preconditions.ts';
import * as errors from '../errors.ts';
import { userName } from '../process/user-names.ts';
import { tryCall } from '../syscalls/call.ts';
import { pidfdGetfd, pidfdOpen, tryIoctl, tryReadMemory } from '../syscalls/calls.ts';
import { ERRNO, IOCTL, PTRACE, SYS } from '../syscalls/constants.ts';
import { errnoName, SyscallError } from '../syscalls/errno.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { missing, present, type Finding } from './finding.ts';

/** The users whose programs the kernel lets this user attach to. */
export type PtraceReach = 'all' | 'own' | 'launched' | 'none';

/** The programs permitted by ptrace_scope and CAP_SYS_PTRACE (Documentation/admin-guide/LSM/Yama.rst). */
function ptraceReach(scope: number, capable: boolean): PtraceReach {
  if (scope >= 3) return 'none';
  if (capable) return 'all';
  return (['own', 'launched', 'none'] as const)[scope] ?? 'none';
}

export function probePrivileges(): Finding {
  const uid = process.geteuid?.() ?? 0;
  const capable = hasPtraceCapability();
  const evidence = `Effective user ${userName(uid)} (${uid}), CAP_SYS_PTRACE ${capable ? 'yes' : 'no'}.`;
  if (capable) return present(evidence, 'Programs of every user can be read.');
  return missing(
    evidence,
    'Only your own programs can be read, and only those that are dumpable.',
    'Run the inspector as root, or with CAP_SYS_PTRACE, for the others.',
  );
}

/** What attaching depends on: the system call itself, then Yama. */
export interface PtraceSituation {
  /** errno of an attempt to attach to pid 0: ESRCH from a kernel that permits the call. */
  readonly errno: number;
  /** kernel.yama.ptrace_scope; 0 if Yama is absent. */
  readonly scope: number;
  /** CAP_SYS_PTRACE. */
  readonly capable: boolean;
}

export function ptraceSituation(): PtraceSituation {
  // No process has pid 0.
  const errno = -tryCall(SYS.ptrace, PTRACE.SEIZE, 0, 0, 0);
  return { errno, scope: yamaScope(), capable: hasPtraceCapability() };
}

/** The users whose programs can be attached to. */
export function reachOf({ errno, scope, capable }: PtraceSituation): PtraceReach {
  return errno === ERRNO.ESRCH ? ptraceReach(scope, capable) : 'none';
}

export function probePtrace(situation: PtraceSituation): Finding {
  const { errno, scope, capable } = situation;
  const evidence =
    `ptrace(PTRACE_SEIZE) of pid 0: ${errnoName(errno)}; kernel.yama.ptrace_scope is ${scope}` +
    `, CAP_SYS_PTRACE ${capable ? 'yes' : 'no'}.`;
  if (errno !== ERRNO.ESRCH) {
    return missing(
      evidence,
      'The system call is forbidden here.',
      'Allow ptrace in the container (its seccomp policy), for example with --cap-add=SYS_PTRACE.',
    );
  }
  const reach = reachOf(situation);
  if (reach === 'all') return present(evidence, 'Any program can be attached to.');
  if (reach === 'own') return present(evidence, 'Your own programs can be attached to.');
  const { message, remedy } = errors.yama(scope);
  return missing(evidence, message, remedy);
}

export function probePidfdGetfd(): Finding {
  let pidfd = -1;
  try {
    pidfd = pidfdOpen(process.pid);
    closeSync(pidfdGetfd(pidfd, pidfd));
    return present(
      'pidfd_getfd copied a descriptor of the inspector.',
      'Copies the userfaultfd that a program opened for the inspector.',
    );
  } catch (cause) {
    if (!(cause instanceof SyscallError)) throw cause;
    const old = cause.errno === ERRNO.ENOSYS;
    return missing(
      `${cause.message}.`,
      old ? 'Needs Linux 5.6 or later.' : 'The system call is forbidden here.',
      old ? 'Use a newer kernel.' : 'Allow it in the container (its seccomp policy).',
    );
  } finally {
    if (pidfd >= 0) closeSync(pidfd);
  }
}

export function probeReadMemory(): Finding {
  const theirs = new NativeBuffer(8);
  const ours = new NativeBuffer(8);
  theirs.u64[0] = 0x5d1_5d1n;
  const result = tryReadMemory(process.pid, ours.address, theirs.address, 8);
  if (result === 8 && ours.u64[0] === theirs.u64[0]) {
    return present(
      'Read eight bytes of the inspector’s own memory.',
      'Reads the contents of pages, to compare them.',
    );
  }
  return missing(
    `process_vm_readv of our own memory: ${result < 0 ? errnoName(-result) : `${result} bytes`}.`,
    result === -ERRNO.ENOSYS
      ? 'The kernel was built without CONFIG_CROSS_MEMORY_ATTACH.'
      : 'The system call is forbidden here.',
    'Allow it in the container (its seccomp policy), or use another kernel.',
  );
}

const PROCMAP_QUERY_BYTES = 104;

/** PROCMAP_QUERY on our own maps: one VMA without reading the whole file (Linux 6.11). */
export function probeProcmapQuery(): Finding {
  const fd = openSync('/proc/self/maps', 'r');
  try {
    const query = new NativeBuffer(PROCMAP_QUERY_BYTES);
    query.u64[0] = BigInt(PROCMAP_QUERY_BYTES);
    query.u64[2] = query.address;
    const result = tryIoctl(fd, IOCTL.PROCMAP_QUERY, query);
    const [, , asked, start, end] = query.u64;
    if (result === 0 && start <= asked && asked < end) {
      return present(
        'It found the VMA of one of the inspector’s addresses.',
        'Looks up one VMA without reading all of maps.',
      );
    }
    return missing(
      `PROCMAP_QUERY on our own maps: ${result < 0 ? errnoName(-result) : 'another VMA'}.`,
      'Needs Linux 6.11 or later; /proc/PID/maps is read instead.',
      '',
    );
  } finally {
    closeSync(fd);
  }
}
