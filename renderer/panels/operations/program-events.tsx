import { useModel, usePlayback, useTimeline } from '../../model/context.ts';
import { msOf } from '../../stores/time-store.ts';
import { formatTime } from '../../ui/time.ts';

/** Rows in the list; all of them are on the timeline. */
const MAX_SHOWN = 500;

/** What happened to the program and to its tracking: exec, exit, a child, another tracking method, notices. */
export function ProgramEvents() {
  const { playback } = useModel();
  const events = useTimeline((state) => state.processEvents);
  const recorded = usePlayback() !== null;
  if (events.length === 0) return null;
  // As the lists beside it: a recording from its beginning, a live session the latest first.
  const shown = recorded ? events.slice(0, MAX_SHOWN) : events.slice(-MAX_SHOWN).toReversed();
  return (
    <div className="oplog">
      <div className="panel__head oplog__head">
        <h2>Program events</h2>
        <span className="faint">{events.length}</span>
      </div>
      <ul className="oplog__list" aria-label="Program events">
        {shown.map(({ timeNs, kind, pid, message }, i) => (
          <li key={recorded ? i : events.length - i}>
            <button
              type="button"
              className="row-button oplog__event"
              title={message}
              onClick={() => playback.goTo(msOf(timeNs))}
            >
              <span className="faint num">{formatTime(msOf(timeNs))}</span>
              <span className="mono">{kind}</span>
              <span className="ellipsis">
                {pid !== null && <span className="faint num">{pid} </span>}
                {message}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
