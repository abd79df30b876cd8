/** The errors of attaching to and reading a process: one function for each cause, so that every caller reports the same text. */
import { InspectorError } from '#shared/contract/errors.ts';
import { formatPage } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { TooLargeToCompare } from './backends/compare/too-large.ts';

export const noSuchProcess = (pid: number) =>
  new InspectorError(
    'no-such-process',
    `There is no process ${pid}.`,
    'Check the number, or select a process from the list.',
  );

export const foreignProc = () =>
  new InspectorError(
    'unsupported',
    '/proc is that of another PID namespace: the process numbers in it are not those of this one.',
    'Mount the own one (unshare --mount-proc, or mount -t proc proc /proc), or run the inspector outside.',
  );

/** It runs, but /proc hides it from this user. `gid`: the group that may see all processes; null if none. */
export const hiddenProcess = (pid: number, { option, gid }: { option: string; gid: number | null }) =>
  new InspectorError(
    'not-permitted',
    `Process ${pid} is hidden from this user: /proc is mounted with ${option}.`,
    `Run the inspector as root${gid === null ? '' : `, or as a member of group ${gid}`}.`,
  );

export const ownProcess = (pid: number) =>
  new InspectorError(
    'bad-request',
    `Process ${pid} is the inspector itself, which cannot attach to itself.`,
    'Select another process.',
  );

export const notALeader = (tid: number, pid: number) =>
  new InspectorError(
    'bad-request',
    `${tid} is a thread of process ${pid}; memory belongs to the process.`,
    `Attach to ${pid}.`,
  );

export const hasEnded = (pid: number) =>
  new InspectorError(
    'program-ended',
    `Process ${pid} has ended; only its exit status is left.`,
    'Select another process.',
  );

export const endedMeanwhile = (pid: number) =>
  new InspectorError(
    'program-ended',
    `Process ${pid} ended while attaching.`,
    'Start the program again and attach to it.',
  );

export const kernelThread = (pid: number) =>
  new InspectorError(
    'unsupported',
    `${pid} is a thread of the kernel and has no memory of its own.`,
    'Select a program.',
  );

export const alreadyTraced = (tracer: number) =>
  new InspectorError(
    'already-traced',
    `Already being debugged by process ${tracer}.`,
    'Detach or end the debugger, and try again.',
  );

export const sandboxed = (mode: number) =>
  new InspectorError(
    'sandboxed',
    'Sandboxed program: attaching could kill it, so it was not tried.',
    `Its system calls are filtered (Seccomp: ${mode}); select a process without a filter, or use --backend compare.`,
  );

export const otherUser = (owner: string) =>
  new InspectorError(
    'not-permitted',
    `This process belongs to another user (${owner}).`,
    'Run the inspector as that user, or as root.',
  );

export const notDumpable = () =>
  new InspectorError(
    'not-permitted',
    'This process belongs to another user or protects itself (not dumpable).',
    'Run the inspector as root, or launch the program from here.',
  );

/** Opening /proc/PID/mem failed although the inspector has CAP_SYS_PTRACE. */
export const protectedByKernel = (pid: number) =>
  new InspectorError(
    'not-permitted',
    `The kernel refuses access to the memory of process ${pid}, although the inspector has CAP_SYS_PTRACE.`,
    'A security module or another user namespace protects it; select another process.',
  );

/** PTRACE_SEIZE failed although the process may be read: init without CAP_SYS_PTRACE in its user namespace, an LSM. */
export const notTraceable = (pid: number) =>
  new InspectorError(
    'not-permitted',
    `The kernel does not allow attaching to process ${pid} (ptrace: EPERM), although its memory may be read.`,
    'A security module may forbid it (see dmesg); use --backend compare, which only reads.',
  );

export const notReadable = () =>
  new InspectorError(
    'not-permitted',
    'The contents of this process may not be read: reading requires the right to attach to it.',
    'Run the inspector as root, or launch the program from here.',
  );

/** The error for Yama's ptrace_scope 1, 2 or 3 (Documentation/admin-guide/LSM/Yama.rst). */
export const yama = (scope: number) =>
  scope >= 3
    ? new InspectorError(
        'not-permitted',
        `ptrace_scope is ${scope}: attaching is disabled, for root too.`,
        'Restart the system: the setting cannot be changed while it runs.',
      )
    : new InspectorError(
        'not-permitted',
        `ptrace_scope is ${scope}: ${scope === 1 ? 'launch the program from here, or ' : ''}grant CAP_SYS_PTRACE.`,
        'As root: sysctl kernel.yama.ptrace_scope=0 allows attaching to your own programs.',
      );

export const not64Bit = () =>
  new InspectorError(
    'unsupported',
    'This is a 32-bit program; attaching is only implemented for 64-bit programs.',
    'Select a 64-bit program.',
  );

export const didNotStop = (milliseconds: number) =>
  new InspectorError(
    'busy',
    `The program did not stop within ${milliseconds} ms; it was not changed.`,
    'It may be waiting for a disk; try again.',
  );

export const noThreadToUse = () =>
  new InspectorError(
    'busy',
    'No thread of the program can be stopped now.',
    'Try again; if the error persists, the program hangs in the kernel.',
  );

export const handlesOwnCalls = () =>
  new InspectorError(
    'busy',
    'The program handles system calls itself (syscall user dispatch): one that the inspector makes in it could end it.',
    'Try again, or use --backend compare.',
  );

export const noUserfaultfd = () =>
  new InspectorError(
    'unsupported',
    'The kernel has no userfaultfd.',
    'Use a kernel with CONFIG_USERFAULTFD.',
  );

export const userfaultfdForbidden = () =>
  new InspectorError(
    'not-permitted',
    'Not permitted here (container policy, or sysctl vm.unprivileged_userfaultfd).',
    'Allow the system call userfaultfd in the container, or run as root.',
  );

/** Without CAP_SYS_PTRACE in the program, its userfaultfd would be UFFD_USER_MODE_ONLY. */
export const kernelFaultsForbidden = () =>
  new InspectorError(
    'not-permitted',
    'The kernel allows this program only a userfaultfd for user-mode faults, with which system calls into watched pages would fail.',
    'As root: sysctl vm.unprivileged_userfaultfd=1, or run the program with CAP_SYS_PTRACE. For a few bytes, "soft-dirty watchpoint" needs neither.',
  );

export const noSynchronousProtection = () =>
  new InspectorError(
    'unsupported',
    'This kernel has no synchronous write-protection with the features needed (Linux 6.4 or later).',
    'For a few bytes use "soft-dirty watchpoint".',
  );

export const noWriteProtection = () =>
  new InspectorError(
    'unsupported',
    'Needs Linux 6.7 or later: this kernel has no asynchronous write-protection in userfaultfd.',
    'Use soft-dirty or content comparison.',
  );

export const noPagemapScan = () =>
  new InspectorError(
    'unsupported',
    'Needs Linux 6.7 or later; using soft-dirty or content comparison.',
    'Use a newer kernel for exact tracking.',
  );

export const noFreeDescriptor = () =>
  new InspectorError(
    'busy',
    'The program has no free file descriptor.',
    'Raise its limit (prlimit --nofile), or close some of its files.',
  );

export const snapshotTooLarge = (pages: number, most: number) =>
  new InspectorError(
    'bad-request',
    `A snapshot of ${pages} pages would stop the program for too long; at most ${most} (${most / 256} MiB) at once.`,
    'Select a smaller range.',
  );

export const nothingMapped = (pid: number, { start, end }: PageRange) =>
  new InspectorError(
    'bad-request',
    `Nothing is mapped from ${formatPage(start)} to ${formatPage(end)} of process ${pid}.`,
    `See the mappings in /proc/${pid}/maps.`,
  );

export const programGone = () =>
  new InspectorError(
    'program-ended',
    'The process has ended or called exec.',
    'Start the program and attach to it.',
  );

/** A thread has not stopped yet; it is detached as soon as it does. */
export const stillStopping = (pid: number) =>
  new InspectorError(
    'busy',
    `A thread of process ${pid} was asked to stop and has not yet; it is detached as soon as it does.`,
    'It may be waiting for a disk; try again.',
  );

export const tooMuchToCompare = (pages: number, most: number) =>
  new TooLargeToCompare(
    `Comparing contents is limited to ${gib(most)} GiB of memory; this program has ${gib(pages)} GiB in use.`,
    'Use another backend, or track a smaller program.',
  );

export const tooSpreadToCompare = (tiles: number, most: number) =>
  new TooLargeToCompare(
    `Comparing contents is limited to memory in ${most} ranges of 2 MiB; this program has ${tiles}.`,
    'Use another backend.',
  );

const gib = (pages: number) => Number((pages / 2 ** 18).toPrecision(3));
