import * as notices from '../notices.ts';
import type { Backend } from '../backends/write-tracker.ts';
import { openReadingFallback, openSoftDirtyFallback } from './fallback.ts';
import { userfaultfdsOf } from './userfaultfds.ts';

/**
 * Whether write-protection would make calls of process `pid` fail: it has a userfaultfd that handles faults, and could not
 * register memory that we registered. One that only tracks writes does not conflict: its registrations are left alone.
 */
export function handlesFaults(pid: number): boolean {
  return userfaultfdsOf(pid).some(({ use }) => use !== 'tracks-writes');
}

/** A backend that registers nothing for such a program, with everything clear, and the reason as its notice. */
export function besideFaultHandler(pid: number): Backend {
  const backend = openSoftDirtyFallback(pid) ?? openReadingFallback(pid);
  return { ...backend, clearsAtStart: false, notice: notices.handlesFaultsItself(pid, backend) };
}
