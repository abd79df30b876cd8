import type { StoreApi } from 'zustand/vanilla';
import { errorData } from '../engine/engine-link.ts';
import type { SessionStore } from '../stores/session-store.ts';

/** Runs something of the engine; its failure is shown in the window's banner. Never rejects. */
export type Attempt = (run: () => Promise<void>) => Promise<void>;

export const attemptIn =
  (session: StoreApi<SessionStore>): Attempt =>
  async (run) => {
    try {
      await run();
    } catch (cause) {
      session.setState({ problem: errorData(cause) });
    }
  };
