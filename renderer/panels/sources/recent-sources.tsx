import { Cpu, Gamepad2, Plug, Terminal, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import type { OpenSource } from '#shared/contract/commands.ts';
import type { InspectorErrorData } from '#shared/contract/errors.ts';
import { useModel, useSession } from '../../model/context.ts';
import { errorData } from '../../engine/engine-link.ts';
import { checkStillThere, type RecentSource } from '../../controllers/recent-sources.ts';
import { Button } from '../../ui/button.tsx';
import { Message } from '../../ui/message.tsx';
import './recent-sources.css';

const ICONS: Readonly<Record<Exclude<OpenSource['kind'], 'recording' | 'scenario'>, LucideIcon>> = {
  simulated: Cpu,
  native: Plug,
  launch: Terminal,
  demo: Gamepad2,
};

/** Entries shown; the launch card's button shows more launches. */
const MAX_SHOWN = 6;

/** What was opened last, to open it again with the same settings. */
export function RecentList() {
  const model = useModel();
  const recent = useStore(model.recent.store);
  const opening = useSession((state) => state.opening);
  const connected = useSession((state) => state.host.status === 'running');
  const [error, setError] = useState<InspectorErrorData | null>(null);
  if (recent.length === 0) return null;
  const open = async (entry: RecentSource): Promise<void> => {
    setError(null);
    try {
      await checkStillThere(entry, model.link);
      await model.source.open(entry.source);
    } catch (cause) {
      setError(errorData(cause));
    }
  };
  return (
    <section className="recents" aria-label="Recent">
      <div className="recents__head">
        <h2>Recent</h2>
        <Button kind="quiet" onPress={() => model.recent.forget()}>
          Clear recent
        </Button>
      </div>
      {error && <Message message={error.message} remedy={error.remedy} onDismiss={() => setError(null)} />}
      <ul className="recents__list">
        {recent.slice(0, MAX_SHOWN).map((entry) => {
          const { source, title, detail } = entry;
          const Icon = source.kind === 'recording' || source.kind === 'scenario' ? Cpu : ICONS[source.kind];
          return (
            <li key={JSON.stringify(source)}>
              <button
                type="button"
                className="recents__item"
                disabled={opening || !connected}
                onClick={() => void open(entry)}
              >
                <Icon className="icon faint" aria-hidden />
                <span className="recents__title ellipsis">{title}</span>
                <span className="faint ellipsis">{detail}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
