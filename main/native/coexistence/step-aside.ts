import type { Backend } from '../backends/write-tracker.ts';
import { RegionList } from '../tracking/region-list.ts';
import * as say from '../messages.ts';
import { CarriedTracker } from './carried-tracker.ts';
import { openReadingFallback, openSoftDirtyFallback } from './fallback.ts';

/** What tracks the program from now on, and why. */
export interface Replacement {
  readonly backend: Backend;
  /** What happened, for a notice. */
  readonly reason: string;
}

/**
 * Releases everything that `backend` has registered in process `pid`, because the program opened a userfaultfd of its
 * own, and opens a backend that registers nothing. What was written until the release is read last and counts in the
 * new backend until it is cleared there. Throws InspectorError where the program is gone; `backend` is closed then too.
 */
export function stepAside(pid: number, backend: Backend): Replacement {
  const written = new RegionList();
  let next: Backend | null = null;
  const begin = performance.now();
  try {
    // Its bits are kept from here on, so nothing is missed between the two.
    next = openSoftDirtyFallback(pid);
    backend.tracker.read('get', written);
  } catch (cause) {
    next?.tracker.close();
    throw cause;
  } finally {
    backend.tracker.close();
  }
  const releasedAt = performance.now();
  const exact = next !== null;
  next ??= openReadingFallback(pid);
  const gapMs = exact ? 0 : performance.now() - releasedAt;
  return {
    backend: { ...next, tracker: new CarriedTracker(next.tracker, written) },
    reason: say.steppedAside(pid, next, releasedAt - begin, gapMs),
  };
}
