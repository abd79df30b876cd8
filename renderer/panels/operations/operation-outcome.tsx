import { ArrowRight } from 'lucide-react';
import { useState } from 'react';
import { formatPage } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { OperationFailure, OperationSuccess } from '#shared/source/operation.ts';
import { useMap } from '../../heatmap/view/context.ts';
import { useModel, useOperations } from '../../model/context.ts';
import { type LogEntry, runsOf, shownEntry } from '../../stores/operations-store.ts';
import { selectRange } from '../../stores/selection-store.ts';
import { Address } from '../../ui/address.tsx';
import { Button } from '../../ui/button.tsx';
import { formatCount, formatNs, formatPages, plural } from '../../ui/format.ts';
import { Message } from '../../ui/message.tsx';

/** Runs listed until more are asked for. */
const LISTED = 200;

/** The result of the selected operation. */
export function OperationOutcome() {
  const entry = useOperations(shownEntry);
  return (
    <div
      className="outcome"
      role="region"
      aria-label="Result"
      aria-live="polite"
      data-testid="operation-result"
    >
      {entry ? (
        <Outcome key={entry.id} entry={entry} />
      ) : (
        <p className="faint">Select pages on the map or a mapping in the table, then press G, C or B.</p>
      )}
    </div>
  );
}

function Outcome({ entry }: { readonly entry: LogEntry }) {
  const { result, error, what } = entry;
  if (error) return <Message message={error.message} remedy={error.remedy} />;
  if (!result) return <p className="dim">{what} is running …</p>;
  return (
    <>
      <div className="outcome__head">
        <span className="mono outcome__op">{what}</span>
        {result.ok ? (
          <span data-testid="operation-ret">
            <span className="faint">ret</span> <b>{formatCount(result.ret)}</b>
          </span>
        ) : (
          <b className="outcome__errno mono">{result.errno}</b>
        )}
        <span className="dim num outcome__time">{formatNs(result.durationNs)}</span>
      </div>
      {result.ok ? <Success entry={entry} result={result} /> : <Failure result={result} />}
      {result.notes.map((note) => (
        <Message key={note} kind="warn" message={note} />
      ))}
    </>
  );
}

function Failure({ result }: { readonly result: OperationFailure }) {
  return <Message message={result.message} />;
}

function Success({ entry, result }: { readonly entry: LogEntry; readonly result: OperationSuccess }) {
  const model = useModel();
  const rest = model.operations.rest(entry);
  const runs = runsOf(result.runs);
  return (
    <>
      {runs.length > 0 && <Runs runs={runs} />}
      {entry.what === 'GET' && runs.length === 0 && (
        <p className="dim">No page of the range counts as written.</p>
      )}
      {result.next !== null && rest && (
        <div className="outcome__next">
          <Button icon={ArrowRight} onPress={() => void model.operations.run(rest)}>
            Continue from {formatPage(result.next)}
          </Button>
          <span className="faint">vec is full</span>
        </div>
      )}
    </>
  );
}

function Runs({ runs }: { readonly runs: readonly PageRange[] }) {
  const model = useModel();
  const map = useMap();
  const [listed, setListed] = useState(LISTED);
  const pages = runs.reduce((sum, { start, end }) => sum + end - start, 0);
  return (
    <>
      <p className="dim">
        {plural(pages, 'page')} in {plural(runs.length, 'run')}, {formatPages(pages)}
      </p>
      <ul className="runs" aria-label="Runs of pages">
        {runs.slice(0, listed).map((run) => (
          <li key={run.start}>
            <button
              type="button"
              className="row-button runs__run"
              onClick={() => {
                selectRange(model.selection, run);
                map.camera.reveal(run.start);
              }}
            >
              <Address page={run.start} />
              <span className="num">{plural(run.end - run.start, 'page')}</span>
            </button>
          </li>
        ))}
        {runs.length > listed && (
          <li className="runs__more">
            <Button kind="quiet" onPress={() => setListed(listed + LISTED * 5)}>
              {formatCount(runs.length - listed)} more
            </Button>
          </li>
        )}
      </ul>
    </>
  );
}
