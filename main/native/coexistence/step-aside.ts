import { InspectorError } from '#shared/contract/errors.ts';
import type { Backend, SuspendedBackend } from '../backends/write-tracker.ts';
import { RegionList } from '../tracking/region-list.ts';
import * as errors from '../errors.ts';
import * as notices from '../notices.ts';
import { CarriedTracker } from './carried-tracker.ts';
import { openReadingFallback, openSoftDirtyFallback } from './fallback.ts';

/** The new backend, and the reason. */
export interface Replacement {
  readonly backend: Backend;
  /** The text of the notice. */
  readonly reason: string;
  /** Resources to reopen the first backend; null if it cannot. The caller closes it. */
  readonly suspended: SuspendedBackend | null;
}

/**
 * Releases everything that `backend` has registered in process `pid`, because the program opened a userfaultfd of its
 * own, and opens a backend that registers nothing. What was written until the release is read last and counts in the
 * new backend until it is cleared there. Throws InspectorError if the program has ended; `backend` is closed then too.
 */
export function stepAside(pid: number, backend: Backend): Replacement {
  const written = new RegionList();
  let next: Backend | null = null;
  let suspended: SuspendedBackend | null;
  const begin = performance.now();
  try {
    // It tracks from now on, so nothing is missed between the two.
    next = openSoftDirtyFallback(pid);
    backend.tracker.read('get', written);
    suspended = backend.suspend?.() ?? null;
  } catch (cause) {
    next?.tracker.close();
    throw cause;
  } finally {
    backend.tracker.close();
  }
  const releasedAt = performance.now();
  const exact = next !== null;
  try {
    next ??= openReadingFallback(pid);
  } catch (cause) {
    suspended?.close();
    throw cause;
  }
  const gapMs = exact ? 0 : performance.now() - releasedAt;
  return {
    backend: { ...next, tracker: new CarriedTracker(next.tracker, written) },
    reason: notices.steppedAside(pid, next, releasedAt - begin, gapMs),
    suspended,
  };
}

/**
 * Opens the backend that stepped aside again, beside a program that turned out to track writes itself, whose registrations are
 * left to it, or that closed its userfaultfd (`hasClosed`). What `present` saw as written is taken over, and `present` closed.
 * Null if it cannot be opened; `present` continues then. Throws InspectorError if the program has ended. `suspended` is
 * used up.
 */
export function comeBack(
  pid: number,
  present: Backend,
  suspended: SuspendedBackend,
  hasClosed: boolean,
): Replacement | null {
  let backend: Backend | null = null;
  const written = new RegionList();
  try {
    backend = suspended.resume();
    if (backend === null) return null;
    // It may have called exec meanwhile: then the userfaultfd belongs to its old memory.
    if (!present.tracker.alive()) throw errors.programGone();
    // Armed before the other one is read: writes in between are seen by both.
    backend.tracker.clear();
    present.tracker.read('get', written);
  } catch (cause) {
    if (backend === null) suspended.close();
    else backend.tracker.close();
    if (!(cause instanceof InspectorError) || cause.kind === 'program-ended') throw cause;
    return null;
  }
  present.tracker.close();
  return {
    backend: { ...backend, tracker: new CarriedTracker(backend.tracker, written) },
    reason: notices.cameBack(pid, backend, hasClosed),
    suspended: null,
  };
}
