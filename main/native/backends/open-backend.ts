import { InspectorError } from '#shared/contract/errors.ts';
import type { BackendName, TrackingOptions } from '#shared/source/backend.ts';
import { AnotherInspector } from '../attach/inspector-lock.ts';
import { checkAccess, checkAttachable, checkVisible, is64Bit } from '../attach/preconditions.ts';
import * as errors from '../errors.ts';
import * as notices from '../notices.ts';
import { besideFaultHandler, handlesFaults } from '../coexistence/at-attach.ts';
import { softDirtyUsers } from '../coexistence/soft-dirty-users.ts';
import { runProbe } from '../probe/probe.ts';
import type { ProcessFreezer } from '../process-freezer.ts';
import { MAX_FALLBACK_PAGES } from '../coexistence/fallback.ts';
import { compareBackend } from './compare/compare-backend.ts';
import { softDirtyBackend } from './soft-dirty/soft-dirty-backend.ts';
import { writeProtectBackend } from './write-protect-backend.ts';
import type { Backend } from './write-tracker.ts';

export interface WhichProcess {
  readonly pid: number;
  /** Started by us, as ptrace_scope 1 requires. */
  readonly launched: boolean;
}

/**
 * Opens `how.backend`, or the best that works here, on a process that runs. If none is named and the best one refuses
 * this process (a sandbox, a debugger, 32 bits), another that needs no injection is opened, with the reason in its
 * `notice`. Throws InspectorError; the program is unchanged in that case. With `lastTry` false an error of kind `busy` is
 * thrown although another backend may work: a retry of the best one may succeed.
 */
export function openBackend(
  which: WhichProcess,
  how: TrackingOptions,
  freezer: ProcessFreezer,
  lastTry = true,
): Backend {
  checkVisible(which.pid);
  if (how.backend) {
    requireBackend(how.backend);
    return open(how.backend, which.pid, how, freezer);
  }
  const best = selectBackend(which.launched);
  try {
    return open(best, which.pid, how, freezer);
  } catch (cause) {
    if (!(cause instanceof InspectorError) || cause.kind === 'program-ended') throw cause;
    if (cause instanceof AnotherInspector || (cause.kind === 'busy' && !lastTry)) throw cause;
    return fallbackBackend(which.pid, best, cause, how, freezer);
  }
}

/** The backends that need no injection, best first. */
export const FALLBACKS = ['soft-dirty', 'compare'] as const;

/**
 * Opens a backend that needs no injection in place of `refused`, which failed on process `pid` because of `reason`. Throws
 * `reason` if none works.
 */
export function fallbackBackend(
  pid: number,
  refused: BackendName,
  reason: InspectorError,
  how: TrackingOptions,
  freezer: ProcessFreezer,
): Backend {
  const { backends } = runProbe();
  for (const name of FALLBACKS) {
    if (name === refused || !backends.some(({ id, available }) => id === name && available)) continue;
    try {
      const backend = open(name, pid, how, freezer, MAX_FALLBACK_PAGES);
      const why = notices.fellBack(refused, backend, reason);
      return {
        ...backend,
        isFallback: true,
        notice: backend.notice === undefined ? why : `${why} ${backend.notice}`,
      };
    } catch (cause) {
      if (!(cause instanceof InspectorError) || cause instanceof AnotherInspector) throw cause;
    }
  }
  throw reason;
}

function open(
  name: BackendName,
  pid: number,
  how: TrackingOptions,
  freezer: ProcessFreezer,
  maxComparedPages?: number,
): Backend {
  switch (name) {
    case 'write-protect':
      if (handlesFaults(pid)) {
        if (how.backend === undefined) return besideFaultHandler(pid);
        checkAttachable(pid);
        return { ...writeProtectBackend(pid, how), notice: notices.protectedAnyway(pid) };
      }
      checkAttachable(pid);
      return writeProtectBackend(pid, how);
    case 'preload':
      throw new InspectorError(
        'unsupported',
        'The backend preload only works on programs that are launched from the inspector.',
        'Launch the program from here, or use another backend.',
      );
    case 'soft-dirty':
      if (how.freeze) tryStop(pid, freezer);
      return sharingBits(pid, softDirtyBackend(pid, how.freeze ? freezer : null), how);
    case 'compare':
      checkAccess(pid, checkVisible(pid));
      return compareBackend(pid, maxComparedPages);
  }
}

/** The best for a program that runs already; if there is none, the one whose refusal explains it best. */
function selectBackend(launched: boolean): BackendName {
  const { backends, choice } = runProbe();
  if (!launched && choice.running !== null) return choice.running;
  return backends.find(({ id, available }) => available && id !== 'preload')?.id ?? 'write-protect';
}

/** Throws why backend `name` cannot be used here, as InspectorError. */
export function requireBackend(name: BackendName): void {
  const backend = runProbe().backends.find(({ id }) => id === name);
  if (!backend || backend.available) return;
  throw new InspectorError('unsupported', `${name} cannot be used here. ${backend.reason}`, backend.remedy);
}

/** Where other programs use the soft-dirty bits too, nothing is cleared unless requested. */
function sharingBits(pid: number, backend: Backend, how: TrackingOptions): Backend {
  const users = how.clearAnyway ? [] : softDirtyUsers(pid);
  if (users.length === 0) return backend;
  const reason = notices.clearsForOthers(pid, users);
  return { ...backend, clearsAtStart: false, clearsForOthers: reason, notice: reason };
}

/** Checks now, not at the first sample, whether the program can be stopped. */
function tryStop(pid: number, freezer: ProcessFreezer): void {
  if (!is64Bit(pid)) throw errors.not64Bit();
  freezer.during(() => undefined);
}
