import type { SessionState } from '#shared/contract/session-state.ts';
import type { HostState } from './session-store.ts';

/** `exited`: the program ended by itself. `stopped`: the engine died, or the program can be tracked no longer. */
export type Liveness = 'none' | 'live' | 'exited' | 'stopped';

/** Whether what is open can still be sampled and controlled; the last picture stays where it cannot. */
export function livenessOf(host: HostState, state: SessionState | null): Liveness {
  if (!state?.source) return 'none';
  if (host.status !== 'running') return 'stopped';
  if (state.ended === null) return 'live';
  return state.endReason === undefined || state.endReason === 'exit' ? 'exited' : 'stopped';
}
