import { useEffect, useState } from 'react';
import type { Preflight } from '#shared/contract/preflight.ts';
import type { TrackingOptions } from '#shared/source/backend.ts';
import { useModel, useSession } from '../../model/context.ts';

/** Milliseconds without a change before the engine is asked. */
const PAUSE_MS = 150;

/** What attaching to `pid` with this method can change; null while that is not known, including if there is no such process. */
export function usePreflight(pid: number | null, how: TrackingOptions): Preflight | null {
  const { link } = useModel();
  const connected = useSession((state) => state.host.status === 'running');
  const [found, setFound] = useState<Preflight | null>(null);
  const { backend, huge } = how;

  useEffect(() => {
    if (pid === null || !connected) return;
    let current = true;
    const ask = async (): Promise<void> => {
      const request = { pid, ...(backend && { backend }), ...(huge && { huge }) };
      // An invalid number is reported when attaching.
      const reply = await link.call('processes.preflight', request).catch(() => null);
      if (current) setFound(reply);
    };
    const timer = setTimeout(() => void ask(), PAUSE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [link, connected, pid, backend, huge]);

  return found?.pid === pid ? found : null;
}
