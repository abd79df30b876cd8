import { useEffect, useState } from 'react';
import type { InspectorErrorData } from '#shared/contract/errors.ts';
import { useModel, useSession } from '../../model/context.ts';
import { type EngineLink, errorData } from '../../engine/engine-link.ts';

export interface Reply<T> {
  readonly reply: T | null;
  readonly failure: InspectorErrorData | null;
  /** Asks again; what is there stays until the answer. */
  readonly again: () => void;
}

/** The engine's reply to `ask`, once it arrives; repeated for each new engine. `ask` must stay the same function. */
export function useReply<T>(ask: (link: EngineLink) => Promise<T>): Reply<T> {
  const { link } = useModel();
  const connected = useSession((state) => state.host.status === 'running');
  const engines = useSession((state) => state.engines);
  const [reply, setReply] = useState<T | null>(null);
  const [failure, setFailure] = useState<InspectorErrorData | null>(null);
  const [round, setRound] = useState(0);

  useEffect(() => {
    if (!connected) return;
    let current = true;
    ask(link).then(
      (answer) => {
        if (!current) return;
        setFailure(null);
        setReply(answer);
      },
      (cause: unknown) => {
        if (current) setFailure(errorData(cause));
      },
    );
    return () => {
      current = false;
    };
  }, [ask, link, connected, engines, round]);

  return { reply, failure, again: () => setRound((old) => old + 1) };
}
