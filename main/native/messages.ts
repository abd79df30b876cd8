/** Why a process cannot be watched, in words: one function a reason, so that every place says the same. */
import { InspectorError } from '#shared/contract/errors.ts';
import { TooLargeToCompare } from './backends/compare/too-large.ts';

export const noSuchProcess = (pid: number) =>
  new InspectorError(
    'no-such-process',
    `There is no process ${pid}.`,
    'Check the number, or choose from the list of processes.',
  );

/** It runs, and /proc does not show it to this user. `gid`: of the group that sees everything; null: none. */
export const hiddenProcess = (pid: number, { option, gid }: { option: string; gid: number | null }) =>
  new InspectorError(
    'not-permitted',
    `Process ${pid} is hidden from this user: /proc is mounted with ${option}.`,
    `Run the inspector as root${gid === null ? '' : `, or as a member of group ${gid}`}.`,
  );

/** Why a list of processes is not complete. */
export const processesHidden = ({ option }: { option: string }) =>
  `/proc is mounted with ${option}: processes of other users are not listed.`;

export const ownProcess = (pid: number) =>
  new InspectorError(
    'bad-request',
    `Process ${pid} is the inspector itself, which would have to stop itself.`,
    'Choose another process.',
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
    'Choose another process.',
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
    'Choose a program.',
  );

export const alreadyTraced = (tracer: number) =>
  new InspectorError(
    'already-traced',
    `Already being debugged by process ${tracer}.`,
    'End the debugger, or let it detach, and try again.',
  );

export const sandboxed = (mode: number) =>
  new InspectorError(
    'sandboxed',
    'Sandboxed program: attaching could kill it, so it was not tried.',
    `Its system calls are filtered (Seccomp: ${mode}); choose a process without a filter, or the content comparison.`,
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

/** Opening /proc/PID/mem failed although we have CAP_SYS_PTRACE. */
export const protectedByKernel = (pid: number) =>
  new InspectorError(
    'not-permitted',
    `The kernel refuses access to the memory of process ${pid}, although the inspector has CAP_SYS_PTRACE.`,
    'A security module or another user namespace protects it; choose another process.',
  );

/** PTRACE_SEIZE failed although the process may be looked at: init without CAP_SYS_PTRACE in its user namespace, an LSM. */
export const notTraceable = (pid: number) =>
  new InspectorError(
    'not-permitted',
    `The kernel does not allow attaching to process ${pid} (ptrace: EPERM), although its memory may be read.`,
    'A security module may forbid it (see dmesg); use --backend compare, which only reads.',
  );

export const notReadable = () =>
  new InspectorError(
    'not-permitted',
    'The contents of this process may not be read: that asks for the right to attach to it.',
    'Run the inspector as root, or launch the program from here.',
  );

/** Of Yama's ptrace_scope 1, 2 or 3 (Documentation/admin-guide/LSM/Yama.rst). */
export const yama = (scope: number) =>
  scope >= 3
    ? new InspectorError(
        'not-permitted',
        `ptrace_scope is ${scope}: nobody may attach, not even root.`,
        'Restart the system: this setting holds until then.',
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
    'Choose a 64-bit program.',
  );

export const didNotStop = (milliseconds: number) =>
  new InspectorError(
    'busy',
    `The program did not stop within ${milliseconds} ms; it was left alone.`,
    'It may be waiting for a disk; try again.',
  );

export const noThreadToUse = () =>
  new InspectorError(
    'busy',
    'No thread of the program is in a state in which it can be stopped for a moment.',
    'Try again; if it stays so, the program hangs in the kernel.',
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
    'Raise its limit (prlimit --nofile), or let it close some files.',
  );

export const snapshotTooLarge = (pages: number, most: number) =>
  new InspectorError(
    'bad-request',
    `A snapshot of ${pages} pages would stop the program for too long; at most ${most} (${most / 256} MiB) at once.`,
    'Choose a smaller range.',
  );

export const tooMuchToCompare = (pages: number, most: number) =>
  new TooLargeToCompare(
    `Comparing contents is limited to ${gib(most)} GiB of memory; this program has ${gib(pages)} GiB in use.`,
    'Use another backend, or watch a smaller program.',
  );

export const tooSpreadToCompare = (tiles: number, most: number) =>
  new TooLargeToCompare(
    `Comparing contents is limited to memory in ${most} pieces of 2 MiB; this program’s lies in ${tiles}.`,
    'Use another backend.',
  );

const gib = (pages: number) => Number((pages / 2 ** 18).toPrecision(3));

export const programGone = () =>
  new InspectorError(
    'program-ended',
    'The process ended or replaced itself (exec); attach again.',
    'Start the program and attach to it.',
  );

/** The watched process has children, at least one, all of that kind. */
export function children(
  pid: number,
  kind: 'forked' | 'program' | 'running',
  started: readonly { pid: number; name: string }[],
): string {
  const one = started.length === 1;
  const names = list(started.map(({ pid: child, name }) => `${child} (${name})`));
  if (kind === 'running') {
    const whom = one ? 'a child' : `${started.length} children`;
    return `Process ${pid} has ${whom} already: ${names}. Only process ${pid} is watched.`;
  }
  if (kind === 'program') {
    const what = one ? 'another program' : `${started.length} other programs`;
    return `Process ${pid} started ${what}: ${names}. Only process ${pid} is watched.`;
  }
  const whom = one ? 'child' : `${started.length} children`;
  const copies = one ? 'It has a copy' : 'They have copies';
  const attach = one ? 'it' : 'one of them';
  return (
    `Process ${pid} forked: ${whom} ${names}. ${copies} of its memory that nobody watches; ` +
    `what process ${pid} itself writes is still seen. Attach to ${attach} to see its writes.`
  );
}

/** With each its pid; a message has 2,000 characters. */
const MAX_NAMES = 50;

/** Names, the first few of many. */
function list(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}

/**
 * The program opened a userfaultfd of its own while it was watched. `gapMs`: how long nothing was tracked until the
 * contents were known; 0 where nothing was missed.
 */
export function steppedAside(
  pid: number,
  { name, label }: { name: string; label: string },
  releaseMs: number,
  gapMs: number,
): string {
  const what =
    `Process ${pid} opened a userfaultfd of its own; write-protection was released within ` +
    `${Math.ceil(releaseMs)} ms so that its calls do not fail.`;
  if (name === 'none') return `${what} Its memory is not tracked any more.`;
  const gap = gapMs > 0 ? ` Writes within ${Math.ceil(gapMs)} ms after the release are not known.` : '';
  return `${what} From now on: ${label}.${gap}`;
}

/** A program that was compared by content without that being asked for has outgrown it; `limit` is the sentence of that. */
export const outgrewComparison = (pid: number, limit: string) =>
  `Process ${pid} is not tracked any more. ${limit}`;

/** The userfaultfd that the program opened tracks writes: it is left what it registered, and the rest is protected again. */
export const cameBack = (pid: number, { label }: { label: string }) =>
  `Process ${pid} uses its userfaultfd to track writes. From now on again: ${label}; memory that it registered itself is not tracked.`;

/** At attach: the program handles page faults itself, and no backend was asked for. */
export const handlesFaultsItself = (pid: number, { name, label }: { name: string; label: string }) =>
  `Process ${pid} has a userfaultfd of its own that handles page faults; write-protection would make its calls fail ` +
  `and was not used. ` +
  (name === 'none' ? 'Its memory is not tracked.' : `Instead: ${label}.`);

/** The same where write-protection was asked for. */
export const protectedAnyway = (pid: number) =>
  `Process ${pid} has a userfaultfd of its own that handles page faults: while it is watched with write-protection, ` +
  `UFFDIO_REGISTER fails there with EBUSY on memory that is registered for us.`;

/** Soft-dirty bits that others use too; `users` is not empty. */
export function clearsForOthers(
  pid: number,
  users: readonly { pid: number; name: string; file: string }[],
): string {
  const whose = (user: { pid: number; name: string; file: string }) =>
    user.pid === pid ? `has its own ${user.file} open` : `has ${user.file} of process ${pid} open`;
  const [first] = users;
  const more = users.length > 1 ? ` (and ${users.length - 1} more)` : '';
  return (
    `Process ${first.pid} (${first.name})${more} ${whose(first)} and may use the soft-dirty bits itself: ` +
    `clearing them takes them from it too.`
  );
}

/** Of pages that are registered with an io_uring. */
export const pinnedBuffers = (pages: number): string =>
  `${pages} of its pages are buffers registered with io_uring: pinned, the kernel may write to them unseen.`;

/** Of a process with pinned pages of which it is not known where they are. */
export const pinned = (kilobytes: number): string =>
  `${kilobytes} KiB of this program are pinned (io_uring, RDMA, vfio or the like), which pages is not known: the kernel or a device may write to them unseen.`;
/** Why writes to a VMA are found by comparing contents, for its row in the table. */
export const COMPARED = {
  young: 'New: compared by content for a second, so that calls which need an unregistered mapping work.',
  edge: 'Where this mapping grows: compared by content, so that what is added merges with it.',
  inaccessible: 'Without rights at present: compared by content when it has some again.',
  huge: 'Compared by content, as selected: tracking would split its huge pages.',
  surplus: 'Compared by content: registering it would add more VMAs to the program than are allowed.',
} as const;

/** Why one VMA is not tracked, for its row in the table. */
export const UNTRACKED = {
  special: 'Provided by the kernel; programs cannot write to it.',
  ownUserfaultfd: 'Tracked by the program itself (its own userfaultfd).',
  handlesFaults:
    'The program resolves page faults here itself (userfaultfd): reading this memory could cause one, so it is not compared.',
  otherInspector: 'Tracked by another inspector.',
  readOnlyShared: 'Shared and opened for reading only: nobody can write to it through this mapping.',
  device: 'Memory of a device; the kernel keeps no pages for it.',
  refused: 'The kernel does not allow write-protection here.',
  hugePages: 'It has huge pages, which tracking would split; they were left untracked, as selected.',
  hugePagesNotCompared:
    'It has huge pages, which tracking would split, and more memory than can be compared: it was left untracked.',
  tooManyVmas: 'Not tracked: registering it would add more VMAs to the program than are allowed.',
  hugetlb: 'Pages of hugetlbfs: the kernel does not clear their soft-dirty bits.',
} as const;

/** Another backend is used than the best one, which refused this process. */
export const fellBack = (
  refused: string,
  { label, getAndClear }: { readonly label: string; readonly getAndClear: string },
  { message }: InspectorError,
) =>
  `${message} Tracked by ${label} instead of ${refused}` +
  (getAndClear === 'emulated-freeze'
    ? '.'
    : '; it is not exact: writes between reading and clearing can be missed.');

/** A thread was asked to stop, has not yet, and is released as soon as it does. */
export const stillStopping = (pid: number) =>
  new InspectorError(
    'busy',
    `A thread of process ${pid} was asked to stop and has not yet; it is released as soon as it does.`,
    'It may be waiting for a disk; try again.',
  );
