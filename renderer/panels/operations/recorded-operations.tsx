import type { OperationRecord } from '#shared/contract/recording.ts';
import { useModel, useTime, useTimeline } from '../../model/context.ts';
import { msOf } from '../../stores/time-store.ts';
import { formatNs } from '../../ui/format.ts';
import { formatTime } from '../../ui/time.ts';
import { ProgramEvents } from './program-events.tsx';
import { requestText } from './request-text.ts';
import './recorded-operations.css';

/** In place of the form, if a recording is open: why nothing can be run, and what was. */
export function RecordedOperations() {
  const { playback } = useModel();
  const operations = useTimeline((state) => state.operations);
  const cursor = useTime((state) => state.cursor ?? 0);
  const past = operations.findLastIndex(({ timeNs }) => msOf(timeNs) <= cursor);
  return (
    <div className="recorded">
      <p className="operations__hint recorded__why">
        This is a recording: there is no program to run operations on. What was run while it was recorded is
        listed here; select one to go to its time.
      </p>
      {operations.length === 0 ? (
        <p className="oplog__empty faint">Nothing was run while this was recorded.</p>
      ) : (
        <ul className="oplog__list recorded__list" aria-label="Recorded operations">
          {operations.map((operation, i) => (
            <li key={i}>
              <button
                type="button"
                className="row-button oplog__entry"
                aria-current={i === past}
                onClick={() => playback.goTo(msOf(operation.timeNs))}
              >
                <span className="faint num">{formatTime(msOf(operation.timeNs))}</span>
                <span className="mono">{operation.action}</span>
                <span className="mono faint ellipsis">{whatOf(operation)}</span>
                <span className={`num ${operation.result.ok ? '' : 'oplog__bad'}`}>
                  {operation.result.ok ? operation.result.ret : operation.result.errno}
                </span>
                <span className="num dim">{formatNs(operation.durationNs)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <ProgramEvents />
    </div>
  );
}

function whatOf({ request, detail }: OperationRecord): string {
  if (!request) return detail;
  return requestText(request);
}
