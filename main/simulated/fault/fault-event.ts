import type { FaultKind } from '../mm/events.ts';
import type { MmStruct } from '../mm/mm-struct.ts';

/** Why an access ended for good. */
export type Signal = 'SIGSEGV' | 'SIGBUS' | 'SIGKILL';

/** Tells how a fault was answered, where someone listens. */
export function emitFault(mm: MmStruct, page: number, write: boolean, kind: FaultKind): void {
  if (mm.events.active) mm.events.emit({ type: 'fault', process: mm.id, page, write, kind });
}
