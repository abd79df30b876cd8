import { Copy, ExternalLink, Square } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import { MAX_WATCHED_PAGES, type WriterRow, type WritersReply } from '#shared/contract/writers.ts';
import { findVma } from '#shared/memory/vma.ts';
import { baseName, codeName, moduleOffset, sourceLine, threadName } from '#shared/writers/code-names.ts';
import { kindText } from '../../heatmap/description/describe.ts';
import { useModel, usePlayback, useSelection, useSession } from '../../model/context.ts';
import { scopeText, useWriters } from '../../model/writers-scope.ts';
import { livenessOf } from '../../stores/liveness.ts';
import { announce } from '../../ui/announce.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { copyText } from '../../ui/copy.ts';
import { Checkbox } from '../../ui/fields.tsx';
import { formatAge, formatCount, formatPages, plural } from '../../ui/format.ts';
import { Message } from '../../ui/message.tsx';
import { openSourceLine } from '../../controllers/open-source-line.ts';
import { WriterExport } from './writer-export.tsx';
import './writers.css';

/** Rows that are listed. */
const MAX_ROWS = 100;

/** Which code wrote to the selected pages, at the time that is shown. */
export function WritersTab({ page }: { readonly page: number }) {
  const { writers, frames } = useModel();
  const scope = useWriters();
  const source = useSession((session) => session.state?.source ?? null);
  const mode = useSession((session) => session.state?.mode);
  const { state, problem } = useStore(writers.store);
  const isRecording = usePlayback() !== null;
  if (source === null) return <p className="empty">No source is open.</p>;
  const isAble = source.capabilities.writers === true;
  const { reply, interval } = scope;
  return (
    <>
      {problem && <Message message={problem.message} remedy={problem.remedy} />}
      {!isRecording && (isAble ? <WatchControls page={page} /> : <Unavailable />)}
      {state.limitation && state.watched && <Message kind="warn" message={state.limitation} />}
      {state.watched && mode === 'hold' && (
        <Message
          kind="warn"
          message="Nothing is found in mode hold: pages are not armed again after their first write."
          remedy="Switch to mode interval."
        />
      )}
      {(isRecording || isAble || (reply?.writes ?? 0) > 0) && (
        <>
          <p className="dim">{scopeText(scope)}</p>
          {reply && <Found reply={reply} nowMs={interval?.end ?? frames.now()} isRecording={isRecording} />}
        </>
      )}
    </>
  );
}

function Unavailable() {
  const source = useSession((session) => session.state?.source ?? null);
  return (
    <p className="empty">
      {source?.description.kind === 'simulated'
        ? 'Not available: a simulated program consists of steps, not of code.'
        : `Not available: writers are found by the page faults of userfaultfd write-protection, and this program is tracked by ${source?.description.backend ?? 'another method'}.`}
    </p>
  );
}

/** What is watched, start and stop. */
function WatchControls({ page }: { readonly page: number }) {
  const { writers, frames } = useModel();
  const { watched, writes, ended } = useStore(writers.store, ({ state }) => state);
  const isLive = useSession(({ host, state }) => livenessOf(host, state) === 'live');
  const selected = useSelection((state) => state.range);
  const [stacks, setStacks] = useState(true);
  const { vmas } = frames;
  const vma = vmas[findVma(vmas, page)];
  const range = selected ?? { start: page, end: page + 1 };
  if (watched) {
    const pages = watched.end - watched.start;
    const isOutside = range.start >= watched.end || range.end <= watched.start;
    return (
      <div className="writers__watch">
        <p data-testid="writers-state">
          <b>Watching {plural(pages, 'page')}</b>{' '}
          <span className="dim">
            {formatPages(pages)} · {plural(writes, 'write')} found
          </span>
        </p>
        <Button icon={Square} onPress={() => void writers.stop()}>
          Stop
        </Button>
        {isOutside && <p className="dim">The selection is outside the watched pages.</p>}
      </div>
    );
  }
  const isInside = vma !== undefined && page >= vma.start && page < vma.end;
  const begin = (what: { start: number; end: number }) => () => void writers.watch(what, stacks);
  const tooLarge = (what: { start: number; end: number }) => what.end - what.start > MAX_WATCHED_PAGES;
  return (
    <div className="writers__watch">
      <p data-testid="writers-state">
        <b>Not watching</b> {ended !== null && <span className="dim">{ended}</span>}
      </p>
      <p className="dim">
        Page faults are sampled: for each page the first write of each interval. No thread of the program
        waits.
      </p>
      <div className="writers__buttons">
        <Button kind="primary" isDisabled={!isLive || tooLarge(range)} onPress={begin(range)}>
          Watch {plural(range.end - range.start, 'page')}
        </Button>
        {isInside && (
          <Button isDisabled={!isLive || tooLarge(vma)} onPress={begin(vma)}>
            Watch mapping {baseName(vma.name) || kindText(vma.kind)}
          </Button>
        )}
        <Checkbox isSelected={stacks} onChange={setStacks}>
          Callers
        </Checkbox>
      </div>
    </div>
  );
}

function Found({
  reply,
  nowMs,
  isRecording,
}: {
  readonly reply: WritersReply;
  readonly nowMs: number;
  readonly isRecording: boolean;
}) {
  const { rows, writes, omitted, lost } = reply;
  if (rows.length === 0) {
    return (
      <p className="empty">
        {isRecording
          ? 'No writers of these pages were recorded in this time.'
          : 'No writers found in this time.'}
      </p>
    );
  }
  return (
    <>
      <table className="writers" aria-label="Writers">
        <thead>
          <tr>
            <th scope="col">Function, source, thread</th>
            <th scope="col" className="num">
              Pages
            </th>
            <th scope="col" className="num">
              Share, last
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MAX_ROWS).map((row) => (
            <Writer key={`${row.tid} ${row.place}`} row={row} reply={reply} nowMs={nowMs} />
          ))}
        </tbody>
      </table>
      <p className="dim" data-testid="writers-total">
        {plural(writes, 'first write')} in {plural(reply.intervals, 'sample')}
        {rows.length > MAX_ROWS && ` · ${formatCount(rows.length - MAX_ROWS)} more rows in an export`}
        {omitted > 0 && ` · ${formatCount(omitted)} not listed: too many in a sample`}
        {lost > 0 && ` · ${formatCount(lost)} lost: too many page faults`}
      </p>
      <WriterExport reply={reply} />
    </>
  );
}

interface WriterProps {
  readonly row: WriterRow;
  readonly reply: WritersReply;
  readonly nowMs: number;
}

function Writer({ row, reply, nowMs }: WriterProps) {
  const model = useModel();
  const { tid, thread, writes, pages, lastNs } = row;
  const place = reply.places[row.place];
  if (place === undefined) return null;
  const line = sourceLine(place);
  return (
    <tr>
      <th scope="row">
        <span className="writers__function mono selectable">{codeName(place)}</span>
        <span className="writers__source">
          <span className="mono dim selectable" title={line ?? place.module ?? ''}>
            {line === null ? moduleOffset(place) : baseName(line)}
          </span>
          {place.file !== null && (
            <IconButton
              label={`Open ${line} in the editor`}
              icon={ExternalLink}
              onPress={() => void openSourceLine(model, place)}
            />
          )}
          {line !== null && (
            <IconButton
              label={`Copy ${line}`}
              icon={Copy}
              onPress={() =>
                announce(copyText(line) ? `${line} copied` : 'The clipboard could not be written.')
              }
            />
          )}
        </span>
        <span className="dim">{threadName(tid, thread)}</span>
      </th>
      <td className="num">{formatCount(pages)}</td>
      <td className="num">
        {((100 * writes) / Math.max(1, reply.writes)).toFixed(1)} %
        <div className="dim">{formatAge(Math.max(0, nowMs - lastNs / 1e6))} ago</div>
      </td>
    </tr>
  );
}
