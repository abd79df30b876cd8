/** Texts about a tracked process that are not errors: notices, and the reasons in the table of mappings. */
import type { InspectorError } from '#shared/contract/errors.ts';

/** Children named in one notice. */
const MAX_NAMES = 50;

/** Why a list of processes is incomplete. */
export const processesHidden = ({ option }: { option: string }) =>
  `/proc is mounted with ${option}: processes of other users are not listed.`;

/** `started`: at least one child, all of the same kind. */
export function children(
  pid: number,
  kind: 'forked' | 'program' | 'running',
  started: readonly { pid: number; name: string }[],
): string {
  const one = started.length === 1;
  const names = list(started.map(({ pid: child, name }) => `${child} (${name})`));
  if (kind === 'running') {
    const whom = one ? 'a child' : `${started.length} children`;
    return `Process ${pid} has ${whom} already: ${names}. Only process ${pid} is tracked.`;
  }
  if (kind === 'program') {
    const what = one ? 'another program' : `${started.length} other programs`;
    return `Process ${pid} started ${what}: ${names}. Only process ${pid} is tracked.`;
  }
  const whom = one ? 'child' : `${started.length} children`;
  const copies = one ? 'It has a copy' : 'They have copies';
  const attach = one ? 'it' : 'one of them';
  return (
    `Process ${pid} forked: ${whom} ${names}. ${copies} of its memory that is not tracked; ` +
    `the writes of process ${pid} itself are still tracked. Attach to ${attach} to see its writes.`
  );
}

/** Names separated by commas, the first MAX_NAMES of them. */
function list(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}

/**
 * The program opened its own userfaultfd while it was tracked. `gapMs`: how long nothing was tracked;
 * 0 if nothing was missed.
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
  if (name === 'none') return `${what} Its memory is no longer tracked.`;
  const gap = gapMs > 0 ? ` Writes within ${Math.ceil(gapMs)} ms after the release are not known.` : '';
  return `${what} From now on: ${label}.${gap}`;
}

/** A program compared by content by default grew beyond `limit`, a sentence. */
export const outgrewComparison = (pid: number, limit: string) =>
  `Process ${pid} is no longer tracked. ${limit}`;

/** The userfaultfd that the program opened tracks writes, or is closed: its registrations stay, the rest is protected again. */
export const cameBack = (pid: number, { label }: { label: string }, hasClosed: boolean) =>
  hasClosed
    ? `Process ${pid} closed its userfaultfd. Tracking continues with ${label}.`
    : `Process ${pid} uses its userfaultfd to track writes. Tracking continues with ${label}; memory that it registered itself is not tracked.`;

/** At attach: the program handles page faults itself, and no backend was requested. */
export const handlesFaultsItself = (pid: number, { name, label }: { name: string; label: string }) =>
  `Process ${pid} has a userfaultfd of its own that handles page faults; write-protection would make its calls fail ` +
  `and was not used. ` +
  (name === 'none' ? 'Its memory is not tracked.' : `Instead: ${label}.`);

/** The notice if write-protection was requested for such a program. */
export const protectedAnyway = (pid: number) =>
  `Process ${pid} has a userfaultfd of its own that handles page faults: while it is tracked with write-protection, ` +
  `its UFFDIO_REGISTER fails with EBUSY on memory that the inspector has registered.`;

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
    `clearing them clears them for it too.`
  );
}

/** Pages that are registered with an io_uring. */
export const pinnedBuffers = (pages: number): string =>
  `${pages} of its pages are buffers registered with io_uring: pinned; writes by the kernel are not tracked.`;

/** A process has pinned pages at unknown addresses. */
export const pinned = (kilobytes: number): string =>
  `${kilobytes} KiB of this program are pinned (io_uring, RDMA, vfio or similar) at unknown addresses: writes to them by the kernel or a device are not tracked.`;

/** Why writes to a VMA are found by comparing contents, for its row in the table. */
export const COMPARED = {
  young: 'New: compared by content for a second, so that calls that need an unregistered mapping work.',
  edge: 'The growing end of a mapping: compared by content, so that added memory merges with it.',
  inaccessible: 'No access rights now: compared by content once it has some.',
  huge: 'Compared by content, as selected: tracking would split its huge pages.',
  surplus: 'Compared by content: registering it would add more VMAs to the program than are allowed.',
} as const;

/** Why one VMA is not tracked, for its row in the table. */
export const UNTRACKED = {
  special: 'Provided by the kernel; programs cannot write to it.',
  ownUserfaultfd: 'Tracked by the program itself (its own userfaultfd).',
  handlesFaults:
    'The program resolves page faults here itself (userfaultfd): reading this memory could cause one, so it is not compared.',
  unreadable:
    'Its contents cannot be read (memfd_secret, or memory without access rights), so they are not compared.',
  otherInspector: 'Tracked by another inspector.',
  readOnlyShared: 'Shared and opened for reading only: it cannot be written through this mapping.',
  device: 'Memory of a device; the kernel keeps no pages for it.',
  refused: 'The kernel does not allow write-protection here.',
  hugePages: 'It has huge pages, which tracking would split; they were left untracked, as selected.',
  hugePagesNotCompared:
    'It has huge pages, which tracking would split, and more memory than can be compared: it was left untracked.',
  tooManyVmas: 'Not tracked: registering it would add more VMAs to the program than are allowed.',
  hugetlb: 'Pages of hugetlbfs: the kernel does not clear their soft-dirty bits.',
} as const;

/** The best backend cannot be used for this process; another one is. */
export const fellBack = (
  refused: string,
  { label, getAndClear }: { readonly label: string; readonly getAndClear: string },
  { message }: InspectorError,
) =>
  `${message} Tracked by ${label} instead of ${refused}` +
  (getAndClear === 'emulated-freeze'
    ? '.'
    : '; it is not exact: writes between reading and clearing can be missed.');
