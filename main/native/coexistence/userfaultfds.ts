import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { UFFD } from '../syscalls/constants.ts';

/**
 * What a userfaultfd is used for, by the features that UFFDIO_API gave it:
 *
 * - `tracks-writes`: asynchronous write-protection; its owner tracks writes (Wine's write watches)
 * - `handles-faults`: its owner resolves page faults (lazy restore of virtual machines, garbage collectors)
 * - `unset`: UFFDIO_API was not called yet
 */
export type UserfaultfdUse = 'tracks-writes' | 'handles-faults' | 'unset';

/** A userfaultfd that a process has open. */
export interface OwnUserfaultfd {
  /** Its number in the process. */
  readonly fd: number;
  readonly use: UserfaultfdUse;
}

const LINK = 'anon_inode:[userfaultfd]';
/** UFFD_FEATURE_INITIALIZED, which the kernel keeps beside the features (fs/userfaultfd.c). */
const INITIALIZED = 2 ** 31;

/** Whether descriptor `fd` of process `pid` is a userfaultfd, and its purpose; null if it is not, or closed. */
export function userfaultfdAt(pid: number, fd: number): OwnUserfaultfd | null {
  try {
    if (readlinkSync(`/proc/${pid}/fd/${fd}`) !== LINK) return null;
    return { fd, use: parseUse(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1')) };
  } catch {
    return null;
  }
}

/** The open descriptors of process `pid`, ascending; null if they may not be read, or it ended. */
export function descriptorsOf(pid: number): number[] | null {
  try {
    return readdirSync(`/proc/${pid}/fd`)
      .map(Number)
      .sort((a, b) => a - b);
  } catch {
    return null;
  }
}

/** Every userfaultfd that process `pid` has open; none where its descriptors may not be read. */
export function userfaultfdsOf(pid: number): OwnUserfaultfd[] {
  return (descriptorsOf(pid) ?? []).flatMap((fd) => userfaultfdAt(pid, fd) ?? []);
}

/** Reads the line `API: aa:FEATURES:ALL` of fdinfo, in hexadecimal (fs/userfaultfd.c: userfaultfd_show_fdinfo). */
export function parseUse(fdinfo: string): UserfaultfdUse {
  const features = Number.parseInt(/^API:\s*[0-9a-f]+:([0-9a-f]+):/m.exec(fdinfo)?.[1] ?? '0', 16);
  if (Math.floor(features / INITIALIZED) % 2 === 0) return 'unset';
  return (features & UFFD.FEATURE_WP_ASYNC) !== 0 ? 'tracks-writes' : 'handles-faults';
}
