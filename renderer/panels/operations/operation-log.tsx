import { useModel, useOperations } from '../../model/context.ts';
import type { LogEntry } from '../../stores/operations-store.ts';
import { formatNs } from '../../ui/format.ts';
import { requestText } from './request-text.ts';

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** Every operation since the source was opened, the latest first; selecting one shows its result again. */
export function OperationLog() {
  const { operations } = useModel();
  const log = useOperations((state) => state.log);
  const shown = useOperations((state) => state.shown);
  if (log.length === 0) return null;
  return (
    <div className="oplog">
      <div className="panel__head oplog__head">
        <h2>Log</h2>
        <span className="faint">{log.length}</span>
      </div>
      <ul className="oplog__list" aria-label="Operations so far">
        {log.map((entry) => (
          <li key={entry.id}>
            <button
              type="button"
              className="row-button oplog__entry"
              aria-pressed={entry.id === shown}
              onClick={() => operations.show(entry.id)}
            >
              <span className="faint num">{clock.format(entry.at)}</span>
              <span className="mono">{entry.what}</span>
              <span className="mono faint ellipsis" title={rangeText(entry)}>
                {rangeText(entry)}
              </span>
              <span className={`num ${isFailure(entry) ? 'oplog__bad' : ''}`}>{resultText(entry)}</span>
              <span className="num dim">{entry.result ? formatNs(entry.result.durationNs) : ''}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

const isFailure = ({ result, error }: LogEntry): boolean => error !== null || result?.ok === false;

function rangeText({ request, typed }: LogEntry): string {
  return request ? requestText(request, typed) : 'whole process';
}

function resultText({ result, error }: LogEntry): string {
  if (error) return error.kind;
  if (!result) return '…';
  return result.ok ? String(result.ret) : result.errno;
}
