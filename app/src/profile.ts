/** The folder with the program's own files (Chromium's profile): its owner, and whether another start holds it. */
import { lstatSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Chromium's lock: a link to `HOST-PID`, one to the socket of the program that holds it, and one to a cookie. */
const LOCK_FILES = ['SingletonLock', 'SingletonSocket', 'SingletonCookie'] as const;
/** Maximum time from taking the lock to opening the socket. */
const START_MS = 10_000;

/** Properties of this machine; replaced in tests. */
interface Machine {
  readonly uid: number | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** /proc/net/unix: the sockets that programs have open. */
  sockets(): string;
}

const thisMachine: Machine = {
  uid: process.getuid?.(),
  env: process.env,
  sockets: () => readFileSync('/proc/net/unix', 'latin1'),
};

/**
 * Removes a lock that no program holds: after a crash, with another host name, or where another program has its number now. Chromium
 * goes by host name and number alone, and would refuse to start. A lock is held while a process listens on its socket.
 *
 * @returns whether one was removed
 */
export function removeStaleLock(folder: string, { sockets }: Machine = thisMachine): boolean {
  try {
    const { mtimeMs } = lstatSync(join(folder, 'SingletonLock'));
    const socket = linkTarget(join(folder, 'SingletonSocket'));
    if (socket === null ? Date.now() - mtimeMs < START_MS : isOpen(socket, sockets())) return false;
    for (const name of LOCK_FILES) rmSync(join(folder, name), { force: true });
    return true;
  } catch {
    // No lock, or a system without /proc: Chromium decides.
    return false;
  }
}

function linkTarget(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

function isOpen(socket: string, list: string): boolean {
  return list.split('\n').some((line) => line.endsWith(` ${socket}`));
}

/**
 * Root with another user's profile (`sudo -E`) would leave files there that the user cannot read, and be taken for the user's own
 * program.
 *
 * @returns one sentence with the problem; null if there is none
 */
export function foreignProfile(folder: string, { uid, env }: Machine = thisMachine): string | null {
  if (uid !== 0) return null;
  const owner = ownerOf(folder);
  const caller = env['SUDO_UID'] ?? env['PKEXEC_UID'];
  if (owner === 0 || owner === null || String(owner) !== caller) return null;
  return `The inspector was started as root with the files of user ${env['SUDO_USER'] ?? owner} (${folder}): start it with "sudo -H", which takes root's own, or without sudo.`;
}

/** Owner of the folder, or if missing of the next one above; null if none can be read. */
function ownerOf(folder: string): number | null {
  for (let path = folder; ; path = dirname(path)) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found) return found.uid;
    if (path === dirname(path)) return null;
  }
}
