import type { ReactNode } from 'react';
import { useSession } from '../../model/context.ts';
import type { EngineLink } from '../../engine/engine-link.ts';
import { AttachCard } from './attach-card.tsx';
import { EngineWhere } from './engine-where.tsx';
import { DemoCard } from './demo-card.tsx';
import { LaunchCard } from './launch-card.tsx';
import { Machine } from './machine.tsx';
import { MethodsLink } from './methods-link.tsx';
import { RecentList } from './recent-sources.tsx';
import { RecordingCard } from './recording-card.tsx';
import { SimulatedCard } from './simulated-card.tsx';
import { useReply } from './use-reply.ts';
import './sources.css';

const askProbe = (link: EngineLink) => link.call('probe.run', {});

/** The sources that can be opened: shown while none is open. */
export function StartView({ lessons }: { readonly lessons?: ReactNode }) {
  const probe = useReply(askProbe);
  const host = useSession((state) => state.host);
  return (
    <main className="start" aria-label="Start" tabIndex={-1}>
      <div className="start__inner">
        <header className="start__head">
          <h1>Watch which pages a program writes</h1>
          <p className="dim" role="status">
            {host.status === 'starting'
              ? 'The tracking engine is starting …'
              : 'Select what to watch. A program is changed only on request, and keeps running when the inspector closes.'}
          </p>
        </header>
        <EngineWhere />
        <RecentList />
        <div className="start__cards">
          <AttachCard report={probe.reply} />
          <SimulatedCard />
          <LaunchCard report={probe.reply} />
          <DemoCard />
          <RecordingCard />
        </div>
        {lessons}
        <Machine {...probe} />
        <MethodsLink />
        <section className="start__notes" aria-label="What attaching does">
          <h2>What attaching does to a program</h2>
          <ul>
            <li>One thread is stopped for less than a millisecond when attaching.</li>
            <li>The first write to each page after a clear costs it about a microsecond more.</li>
            <li>
              Its data, files and signals are not changed. It keeps running after detaching, closing, or a
              crash of the inspector.
            </li>
            <li>
              Clearing resets bits that others may use: checkpointing tools (CRIU) and debuggers that track
              the same program will miss what was cleared.
            </li>
          </ul>
        </section>
      </div>
    </main>
  );
}
