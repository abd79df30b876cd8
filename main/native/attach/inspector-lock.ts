import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { InspectorError } from '#shared/contract/errors.ts';
import { tryCall } from '../syscalls/call.ts';
import { memoryThread } from '../process/status.ts';
import { ERRNO, LOCK, SYS } from '../syscalls/constants.ts';

/** Another inspector clears or registers the same process: two would clear each other's bits. */
export class AnotherInspector extends InspectorError {
  constructor(pid: number, holder: number | null) {
    const who = holder === null ? 'another inspector' : `another inspector (process ${holder})`;
    super(
      'already-traced',
      `Process ${pid} is already tracked by ${who}.`,
      'Close it, or attach with content comparison (--backend compare), which only reads.',
    );
  }
}

/** Locks that this process holds, by the pid of the tracked process, and how many backends share each. */
const held = new Map<number, { readonly fd: number; users: number }>();

/**
 * Takes the lock that one inspector holds on a tracked process as long as it clears or registers its memory: flock(2) on
 * /proc/PID/pagemap, which is one inode for all as long as a process has it open. The kernel releases it if this process
 * ends. Backends of this process share it. Returns the function that releases it; throws AnotherInspector.
 */
export function lockProcess(pid: number): () => void {
  const lock = held.get(pid) ?? { fd: openLocked(pid), users: 0 };
  held.set(pid, lock);
  lock.users++;
  let released = false;
  return () => {
    if (released) return;
    released = true;
    lock.users--;
    if (lock.users > 0) return;
    held.delete(pid);
    closeSync(lock.fd);
  };
}

/** Opens a backend under the lock, which is released when its tracker is closed. */
export function whileLocked<B extends { readonly tracker: { close(): void } }>(
  pid: number,
  open: () => B,
): B {
  const release = lockProcess(pid);
  try {
    const backend = open();
    const { tracker } = backend;
    const close = tracker.close.bind(tracker);
    tracker.close = () => {
      close();
      release();
    };
    return backend;
  } catch (cause) {
    release();
    throw cause;
  }
}

/** -1 if the file cannot be opened; the caller reports that later. */
function openLocked(pid: number): number {
  let fd: number;
  try {
    fd = openSync(`/proc/${memoryThread(pid)}/pagemap`, 'r');
  } catch {
    // Used as a descriptor, so that it is closed like the others.
    return openSync('/dev/null', 'r');
  }
  const result = tryCall(SYS.flock, fd, LOCK.EX | LOCK.NB);
  if (result !== -ERRNO.EAGAIN) return fd;
  const holder = holderOf(fd);
  closeSync(fd);
  throw new AnotherInspector(pid, holder);
}

/** `1: FLOCK  ADVISORY  WRITE 4711 00:16:4026 0 EOF` (man 5 proc_locks); null if the holder is in another namespace. */
function holderOf(fd: number): number | null {
  const { ino } = fstatSync(fd, { bigint: true });
  for (const line of readFileSync('/proc/locks', 'latin1').split('\n')) {
    const [, kind, , , pid, file] = line.trim().split(/\s+/);
    if (kind === 'FLOCK' && file.endsWith(`:${ino}`) && Number(pid) > 0) return Number(pid);
  }
  return null;
}
