import { setTimeout as sleep } from 'node:timers/promises';
import { InspectorError } from '#shared/contract/errors.ts';
import type { TrackingOptions } from '#shared/source/backend.ts';
import { checkVisible } from './attach/preconditions.ts';
import { openBackend } from './backends/open-backend.ts';
import type { Backend } from './backends/write-tracker.ts';
import { DescriptorWatch } from './coexistence/descriptor-watch.ts';
import * as errors from './errors.ts';
import { OpenProcess } from './open-process.ts';
import { ProcessFreezer } from './process-freezer.ts';
import { hasEnded } from './process/status.ts';
import { isHidden } from './process/visibility.ts';

/** How long attaching is retried if no thread can be stopped, in milliseconds. */
const PATIENCE_MS = 2000;
const RETRY_MS = 20;

export interface AttachOptions extends TrackingOptions {
  /** Cancels the attach; the program is then unchanged. */
  readonly signal?: AbortSignal;
  /** The program was started by us: attaching may be allowed if it is not for others (ptrace_scope 1). */
  readonly launched?: boolean;
}

export type OpenBackend = (freezer: ProcessFreezer) => Backend;

/** A backend on a process, whose pages were not read yet. */
export interface Opened {
  readonly process: OpenProcess;
  readonly freezer: ProcessFreezer;
  readonly descriptors: DescriptorWatch;
  readonly backend: Backend;
  /** Undoes all of it: the program is unchanged then. */
  close(): void;
}

/** Opens process `pid`, and a backend on it with `openTracker`. Throws InspectorError, and the program is unchanged then. */
export function openTracked(pid: number, openTracker: OpenBackend): Opened {
  const undo: (() => void)[] = [];
  const close = () => {
    for (const action of undo) action();
  };
  try {
    const process = new OpenProcess(pid);
    undo.push(() => process.close());
    const freezer = new ProcessFreezer(pid);
    // Descriptors that the program opens after this are noticed.
    const descriptors = new DescriptorWatch(pid);
    const backend = openTracker(freezer);
    undo.push(() => backend.tracker.close());
    return { process, freezer, descriptors, backend, close };
  } catch (cause) {
    close();
    throw cause;
  }
}

/**
 * Opens process `pid` with the requested backend, or the best that works here, and returns what `finish` makes of it. If
 * no thread of the program can be stopped now, it is retried for two seconds. Rejects with an InspectorError with
 * the reason if it cannot be attached to; the program is unchanged then.
 */
export async function openWithRetries<T>(
  pid: number,
  { launched = false, signal, ...how }: AttachOptions,
  finish: (opened: Opened) => T,
): Promise<T> {
  const begin = performance.now();
  // A process that was never visible is reported as that, not as one that ended meanwhile.
  checkVisible(pid);
  for (;;) {
    const lastTry = performance.now() - begin > PATIENCE_MS;
    try {
      // Synchronous: no other code of ours may run while the program is stopped.
      const opened = openTracked(pid, (freezer) => openBackend({ pid, launched }, how, freezer, lastTry));
      await prepare(opened, signal);
      return finish(opened);
    } catch (cause) {
      if (hasEnded(pid) && !isHidden(pid)) throw errors.endedMeanwhile(pid);
      if (lastTry || !(cause instanceof InspectorError) || cause.kind !== 'busy') throw cause;
    }
    await sleep(RETRY_MS);
  }
}

/** In the background: the first reading of a large address space may take seconds. */
async function prepare(opened: Opened, signal?: AbortSignal): Promise<void> {
  try {
    await opened.backend.tracker.prepare?.(Infinity, signal);
  } catch (cause) {
    opened.close();
    throw cause;
  }
}
