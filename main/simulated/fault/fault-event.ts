import type { FaultKind } from '../mm/events.ts';
import type { MmStruct } from '../mm/mm-struct.ts';

/** The signal that an access ends with. */
export type Signal = 'SIGSEGV' | 'SIGBUS' | 'SIGKILL';

/** Reports how a fault was resolved, if there is a listener. */
export function emitFault(mm: MmStruct, page: number, write: boolean, kind: FaultKind): void {
  if (mm.events.active) mm.events.emit({ type: 'fault', process: mm.id, page, write, kind });
}
