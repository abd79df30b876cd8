import { readFileSync, readlinkSync } from 'node:fs';
import type { InspectorError } from '#shared/contract/errors.ts';
import * as errors from '../errors.ts';
import { errorCode } from '../../error-code.ts';
import { readStatus } from './status.ts';

/** How /proc hides processes from this user (Documentation/filesystems/proc.rst, "Mount Options"). */
export interface Hiding {
  /** As mounted: `hidepid=invisible`, or `hidepid=2` before Linux 5.8. */
  readonly option: string;
  /** The group whose members see everything; null if there is none but root's. */
  readonly gid: number | null;
}

/** What the mount of /proc hides, read from `mountinfo` (man 5 proc_pid_mountinfo); null if it hides nothing. */
export function hidingOf(mountinfo: string): Hiding | null {
  // The last mount covers earlier ones.
  const line = mountinfo.split('\n').findLast((text) => text.split(' ')[4] === '/proc');
  const [type, , options = ''] = line?.split(' - ')[1]?.split(' ') ?? [];
  if (type !== 'proc') return null;
  const values = new Map(
    options.split(',').map((text) => {
      const [name = '', value = ''] = text.split('=');
      return [name, value] as const;
    }),
  );
  const hidepid = values.get('hidepid');
  if (hidepid === undefined || hidepid === '0' || hidepid === 'off') return null;
  const gid = values.get('gid');
  return { option: `hidepid=${hidepid}`, gid: gid === undefined ? null : Number(gid) };
}

let foreign: boolean | undefined;

/**
 * Whether /proc is that of another PID namespace (`unshare -p` without `--mount-proc`): a number there and the same number
 * in a system call are two processes, of which one would be attached to with the addresses of the other.
 */
export function procIsForeign(): boolean {
  return (foreign ??= ownLink() !== String(process.pid));
}

function ownLink(): string | null {
  try {
    return readlinkSync('/proc/self');
  } catch {
    return null;
  }
}

/** What /proc hides from this process now; null if it shows everything. Process 1 always runs, and is root's. */
export function hiding(): Hiding | null {
  if (readStatus(1) !== null) return null;
  try {
    return hidingOf(readFileSync('/proc/self/mountinfo', 'utf8'));
  } catch {
    return null;
  }
}

/** Whether process `pid` runs although /proc does not show it to us. */
export function isHidden(pid: number): boolean {
  return readStatus(pid) === null && runs(pid) && hiding() !== null;
}

/** Why /proc has no readable process `pid`: it does not exist, or it is hidden. */
export function notVisible(pid: number): InspectorError {
  if (procIsForeign()) return errors.foreignProc();
  const hidden = runs(pid) ? hiding() : null;
  return hidden ? errors.hiddenProcess(pid, hidden) : errors.noSuchProcess(pid);
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return errorCode(cause) === 'EPERM';
  }
}
