import { InspectorError } from '#shared/contract/errors.ts';
import { compareBackend } from '../backends/compare/compare-backend.ts';
import { softDirtyBackend } from '../backends/soft-dirty/soft-dirty-backend.ts';
import { untrackedBackend } from '../backends/untracked/untracked-backend.ts';
import type { Backend } from '../backends/write-tracker.ts';
import { probeSoftDirty } from '../probe/soft-dirty.ts';
import { softDirtyUsers } from './soft-dirty-users.ts';

/** A program larger than this (2 GiB in memory) is not compared by default: each sample would take seconds. */
export const MAX_FALLBACK_PAGES = 2 ** 19;

/**
 * Soft-dirty on process `pid`, with everything clear, if the kernel has it and no other program uses its bits; else null. From then on no write
 * is missed, so it is opened before the backend that it replaces is closed.
 */
export function openSoftDirtyFallback(pid: number): Backend | null {
  if (!probeSoftDirty().available || softDirtyUsers(pid).length > 0) return null;
  return attempt(() => cleared(softDirtyBackend(pid, null)));
}

/**
 * Content comparison on process `pid`, with its contents read once; if that is impossible or would take too long,
 * a backend that tracks nothing and shows why. `maxPages` are compared at most. Throws InspectorError if the program is
 * gone.
 */
export function openReadingFallback(pid: number, maxPages = MAX_FALLBACK_PAGES): Backend {
  let reason = '';
  const compare = attempt(
    () => cleared({ ...compareBackend(pid, maxPages), isFallback: true }),
    (error) => (reason = error.message),
  );
  return compare ?? untrackedBackend(pid, reason);
}

function cleared(backend: Backend): Backend {
  try {
    backend.tracker.clear();
    return backend;
  } catch (cause) {
    backend.tracker.close();
    throw cause;
  }
}

function attempt(open: () => Backend, refused: (error: InspectorError) => void = () => {}): Backend | null {
  try {
    return open();
  } catch (cause) {
    if (!(cause instanceof InspectorError) || cause.kind === 'program-ended') throw cause;
    refused(cause);
    return null;
  }
}
