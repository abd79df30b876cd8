import type { FaultKind } from '../events/events.ts';
import type { SimulatedProcess } from '../process.ts';

/** Why an access ended for good. */
export type Signal = 'SIGSEGV' | 'SIGBUS' | 'SIGKILL';

/** Tells how a fault was answered, where someone listens. */
export function tellFault(process: SimulatedProcess, page: number, write: boolean, kind: FaultKind): void {
  if (process.journal.on) process.journal.emit({ type: 'fault', process: process.id, page, write, kind });
}
