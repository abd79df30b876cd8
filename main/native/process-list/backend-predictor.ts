import { closeSync, openSync } from 'node:fs';
import { InspectorError } from '#shared/contract/errors.ts';
import type { ProbeReport } from '#shared/contract/probe.ts';
import type { ListedProcess } from '#shared/contract/process-list.ts';
import { checkAccess, checkProgram, checkSuitable } from '../attach/preconditions.ts';
import { FALLBACKS } from '../backends/open-backend.ts';
import { runProbe } from '../probe/probe.ts';
import type { ProcessStatus } from '../process/status.ts';

/** The probe result rarely changes, and the list is made every two seconds. */
const PROBE_AGE_MS = 10_000;
let probed = { at: -Infinity, report: null as ProbeReport | null };

function recentProbe(): ProbeReport {
  const now = performance.now();
  if (probed.report === null || now - probed.at > PROBE_AGE_MS) probed = { at: now, report: runProbe() };
  return probed.report ?? runProbe();
}

export type BackendPrediction = Pick<ListedProcess, 'backend' | 'limitation' | 'obstacle'>;

/**
 * Predicts which backend would be used on each process, as `openBackend` decides, but only by reading. Created for one
 * listing.
 */
export class BackendPredictor {
  private readonly best: ListedProcess['backend'];
  private readonly fallbacks: readonly (typeof FALLBACKS)[number][];

  constructor() {
    const { backends, choice } = recentProbe();
    this.best = choice.running;
    this.fallbacks = FALLBACKS.filter((name) =>
      backends.some(({ id, available }) => id === name && available),
    );
  }

  of(pid: number, status: ProcessStatus): BackendPrediction {
    const { best } = this;
    const suitable = errorOf(() => checkSuitable(pid, status));
    if (!suitable && (best === 'write-protect' || best === null)) {
      return { backend: best, limitation: null, obstacle: null };
    }
    if (errorOf(() => checkProgram(pid, status))) return none(suitable);
    const backend = this.fallbacks.find((name) =>
      name === 'compare' ? !errorOf(() => checkAccess(pid, status)) : mayOpen(`/proc/${pid}/pagemap`),
    );
    if (backend === undefined) return none(suitable);
    const limitation = best === 'write-protect' ? suitable : null;
    return { backend, limitation: limitation?.toData() ?? null, obstacle: null };
  }
}

function none(reason: InspectorError | null): BackendPrediction {
  return { backend: null, limitation: null, obstacle: reason?.toData() ?? null };
}

function errorOf(check: () => void): InspectorError | null {
  try {
    check();
    return null;
  } catch (cause) {
    return InspectorError.from(cause);
  }
}

function mayOpen(path: string): boolean {
  try {
    closeSync(openSync(path, 'r'));
    return true;
  } catch {
    return false;
  }
}
