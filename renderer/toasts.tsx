import { RecordingDamage } from './panels/timeline/recording-damage.tsx';
import { RecordingOutcome } from './panels/timeline/recording-outcome.tsx';
import { OpeningStatus } from './opening-status.tsx';
import { RestoreStatus } from './restore-status.tsx';
import { useModel, useSession } from './model/context.ts';
import { Message } from './ui/message.tsx';
import { Toast } from './ui/toast.tsx';

/** Time to notice and read a line, in milliseconds. */
const NEWS_MS = 10_000;

/** Notices of failures and successes, until they are dismissed or their cause is over. */
export function Toasts() {
  const { session } = useModel();
  const host = useSession((state) => state.host);
  const problem = useSession((state) => state.problem);
  const news = useSession((state) => state.news);
  const forgetProblem = (): void => session.setState({ problem: null });
  const forgetNews = (): void => session.setState({ news: null });
  return (
    <div className="toasts" role="region" aria-label="Notices">
      <OpeningStatus />
      <RestoreStatus />
      <RecordingOutcome />
      <RecordingDamage />
      {problem && host.status !== 'died' && (
        <Toast key={problem.message} onDismiss={forgetProblem}>
          <Message message={problem.message} remedy={problem.remedy} onDismiss={forgetProblem} />
        </Toast>
      )}
      {news !== null && (
        <Toast key={news} onDismiss={forgetNews} endsAfterMs={NEWS_MS}>
          <Message kind="news" message={news} onDismiss={forgetNews} />
        </Toast>
      )}
    </div>
  );
}
