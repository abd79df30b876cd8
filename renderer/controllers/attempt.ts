import type { StoreApi } from 'zustand/vanilla';
import type { InspectorErrorData } from '#shared/contract/errors.ts';
import { errorData } from '../engine/engine-link.ts';
import type { SessionStore } from '../stores/session-store.ts';

/** Runs something of the engine; its failure is shown as a notice until another attempt succeeds. Never rejects. */
export type Attempt = (run: () => Promise<void>) => Promise<void>;

export function attemptIn(session: StoreApi<SessionStore>): Attempt {
  let failure: InspectorErrorData | null = null;
  return async (run) => {
    const before = failure;
    try {
      await run();
      // Errors of nested or concurrent attempts stay.
      if (failure !== before) return;
      session.setState(({ problem }) => (problem !== null && problem === before ? { problem: null } : {}));
    } catch (cause) {
      failure = errorData(cause);
      session.setState({ problem: failure });
    }
  };
}
