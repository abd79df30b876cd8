import { release } from 'node:os';
import type { Preflight } from '#shared/contract/preflight.ts';
import type { TrackingOptions } from '#shared/source/backend.ts';
import { checkVisible } from '../attach/preconditions.ts';
import { runProbe } from '../probe/probe.ts';
import { atLeast } from '../probe/system.ts';
import { BackendPredictor } from '../process-list/backend-predictor.ts';
import { readStatus } from '../process/status.ts';
import { effectsOf } from './effects.ts';
import { readFacts } from './facts.ts';

const CAP_SYS_NICE = 1n << 23n;

/**
 * What attaching to process `pid` in that way can change for it. Reads files in /proc only: no call is injected, and it
 * is not stopped. Rejects with an InspectorError if there is no such program.
 */
export async function preflight(pid: number, how: TrackingOptions = {}): Promise<Preflight> {
  const status = checkVisible(pid);
  const facts = await readFacts(pid, status);
  // Where the best one cannot be used on this program, another one is.
  const backend = how.backend ?? new BackendPredictor().of(pid, status).backend ?? runProbe().choice.running;
  const ours = readStatus(process.pid)?.capEffective ?? 0n;
  const effects = effectsOf({
    facts,
    backend,
    huge: how.huge ?? 'split',
    mayRestore: (ours & CAP_SYS_NICE) !== 0n,
    movesMany: atLeast(release(), [6, 17]),
  });
  return { pid, name: status.name, backend, facts, effects };
}
